using System.Runtime.CompilerServices;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>A <see cref="GuestFactAttribute"/> with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GuestTheoryAttribute : TheoryAttribute
{
    public GuestTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Explicit = !Guest.IsHere;
}
