using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Programs of one socket (socket_filter), or of all sockets that share its port (sk_reuseport).</summary>
internal sealed class SocketHook : ProgramHook
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int AttachFilter = 50; // SO_ATTACH_BPF
    private const int DetachFilter = 27; // SO_DETACH_BPF
    private const int AttachReusePort = 52; // SO_ATTACH_REUSEPORT_EBPF
    private const int DetachReusePort = 68; // SO_DETACH_REUSEPORT_BPF

    public override bool Takes(ProgramToAttach program) => program.Type is "socket_filter" or "sk_reuseport";

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => ["Socket"];

    public override void Check(ProgramToAttach program)
    {
        if (program.Options.Socket is null)
        {
            throw program.Missing("socket",
                BpfRemedy.With($"Specify one with {BpfOption.Socket} PID/FD ('ss -tuap' lists them), or use "
                    + $"{BpfOption.NoAttach} to load the program without attaching it."));
        }
        EntryReferences.OpenForeign(program.Options.Socket).Dispose();
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        var socket = EntryReferences.OpenForeign(program.Options.Socket!);
        var isFilter = program.Type == "socket_filter";
        if (!Set(socket, isFilter ? AttachFilter : AttachReusePort, program.Descriptor))
        {
            var errno = Marshal.GetLastPInvokeError();
            socket.Dispose();
            throw HookErrors.From(program, -errno, $"socket {program.Options.Socket}");
        }
        yield return new DetachedByCall(() =>
        {
            _ = Set(socket, isFilter ? DetachFilter : DetachReusePort, 0);
            socket.Dispose();
        });
    }

    // unsafe: the value is a parameter of this method, and the call passes its size.
    private static unsafe bool Set(FileDescriptor socket, int option, int value) =>
        Libc.setsockopt(socket, SocketLevel, option, &value, sizeof(int)) == 0;
}
