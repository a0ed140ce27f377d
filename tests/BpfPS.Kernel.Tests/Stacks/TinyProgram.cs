using System.Runtime.InteropServices;
using System.Text;

namespace BpfPS.Kernel.Tests.Stacks;

/// <summary>
/// The smallest BPF program there is, loaded with the system call itself, so that these tests need nothing else of the engine.
/// </summary>
internal sealed unsafe partial class TinyProgram : SafeHandle
{
    private const int ProgramLoad = 5; // BPF_PROG_LOAD
    private const uint SocketFilter = 1; // BPF_PROG_TYPE_SOCKET_FILTER

    private TinyProgram(nint fd) : base(-1, ownsHandle: true) => SetHandle(fd);

    public override bool IsInvalid => handle < 0;

    public static TinyProgram? TryLoad(string name, out string why)
    {
        var number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 321 : 280; // __NR_bpf
        // r0 = 0; exit
        Span<ulong> instructions = [0x00000000_000000b7, 0x00000000_00000095];
        fixed (ulong* code = instructions)
        fixed (byte* license = "MIT\0"u8)
        {
            var attributes = stackalloc byte[128];
            new Span<byte>(attributes, 128).Clear();
            *(uint*)attributes = SocketFilter;
            *(uint*)(attributes + 4) = (uint)instructions.Length;
            *(ulong*)(attributes + 8) = (ulong)code;
            *(ulong*)(attributes + 16) = (ulong)license;
            Encoding.ASCII.GetBytes(name, new Span<byte>(attributes + 48, 15));
            var fd = syscall(number, ProgramLoad, attributes, 128);
            why = fd < 0 ? $"a BPF program cannot be loaded here: {Marshal.GetLastPInvokeErrorMessage()}" : "";
            return fd < 0 ? null : new TinyProgram(fd);
        }
    }

    protected override bool ReleaseHandle() => close((int)handle) == 0;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint command, byte* attributes, nint size);

    [LibraryImport("libc")]
    private static partial int close(int fd);
}
