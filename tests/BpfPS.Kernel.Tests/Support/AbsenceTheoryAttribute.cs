using System.Runtime.CompilerServices;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>An <see cref="AbsenceFactAttribute"/> with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AbsenceTheoryAttribute : TheoryAttribute
{
    public AbsenceTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Explicit = Guest.IsHere;

    /// <summary>The first version of Linux whose virtual machine has it: the test runs in those of older ones.</summary>
    public string Since
    {
        get;
        set
        {
            field = value;
            Explicit = Guest.IsHere && Live.IsLinux(value);
        }
    } = "";
}
