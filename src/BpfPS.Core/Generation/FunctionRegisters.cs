using System.Runtime.InteropServices;

namespace BpfPS.Generation;

/// <summary>
/// Where the context of a probe on a function (struct pt_regs) has arguments and results, by the calling conventions of this machine's
/// architecture.
/// </summary>
internal static class FunctionRegisters
{
    private const int Word = sizeof(ulong);

    // arch/x86/include/asm/ptrace.h: r15 to bx come first, then these.
    private static readonly int[] s_x64 = [14 * Word, 13 * Word, 12 * Word, 11 * Word, 9 * Word, 8 * Word]; // di, si, dx, cx, r8, r9
    private const int X64Result = 10 * Word, X64Stack = 19 * Word; // ax, sp

    // arch/arm64/include/uapi/asm/ptrace.h: x0 to x30, then the stack pointer.
    private const int Arm64Arguments = 8, Arm64Stack = 31 * Word;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>How many arguments are in registers.</summary>
    public static int Count => IsArm64 ? Arm64Arguments : s_x64.Length;

    /// <summary>An argument, when the function begins.</summary>
    /// <param name="index">Its number, from 0.</param>
    public static ProbeValue Argument(int index) => new ContextValue(IsArm64 ? index * Word : s_x64[index], Word);

    /// <summary>What the function returned.</summary>
    public static ProbeValue Result => new ContextValue(IsArm64 ? 0 : X64Result, Word);

    /// <summary>The stack pointer of a function of a program, when it begins and, the same number, when it has returned.</summary>
    public static (ProbeValue Begin, ProbeValue Return) Frame
    {
        get
        {
            var pointer = new ContextValue(IsArm64 ? Arm64Stack : X64Stack, Word);
            // On x86 the return address was on the stack, and is gone.
            return (pointer, IsArm64 ? pointer : new MovedAddress(pointer, -Word));
        }
    }
}
