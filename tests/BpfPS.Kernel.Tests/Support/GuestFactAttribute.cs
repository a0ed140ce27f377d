using System.Runtime.CompilerServices;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>
/// A test of what many kernels are built without, or too old for: it runs in the virtual machines of tests/vm, whose
/// kernels have it. Elsewhere the runner counts it as not run, unless it is started with <c>-explicit on</c>; the test
/// that the refusal is clear runs there instead.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GuestFactAttribute : FactAttribute
{
    public GuestFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Explicit = !Guest.IsHere;
}
