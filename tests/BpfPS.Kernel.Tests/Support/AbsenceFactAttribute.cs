using System.Runtime.CompilerServices;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>
/// A test of what is said where a kernel does not have something; the counterpart of a <see cref="GuestFactAttribute"/>. In the
/// virtual machines of tests/vm, whose kernels have it, the runner counts it as not run.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AbsenceFactAttribute : FactAttribute
{
    public AbsenceFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
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
