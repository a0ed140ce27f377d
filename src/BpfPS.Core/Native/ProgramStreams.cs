using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// Reads the streams of programs, which Linux has since 6.17: what they write with bpf_stream_printk, and what the kernel says about
/// them while they run. The libbpf of most distributions does not know the call yet.
/// </summary>
// unsafe: the kernel fills a buffer of the size that is passed.
internal static unsafe class ProgramStreams
{
    private const int StreamReadCommand = 37; // BPF_PROG_STREAM_READ_BY_FD

    /// <summary>Whether this kernel has streams. One that has asks which program is meant; an older one does not know the call.</summary>
    public static bool AreKnown { get; } = Read(-1, 1, new byte[1]) == -(int)BpfErrno.EBADF;

    /// <summary>Takes what is in a stream.</summary>
    /// <param name="program">The program.</param>
    /// <param name="stream">1 for its output, 2 for its errors (BPF_STDOUT, BPF_STDERR).</param>
    /// <param name="buffer">Room for the text.</param>
    /// <returns>The number of bytes, 0 if there is nothing, or a negative errno.</returns>
    public static int Read(FileDescriptor program, int stream, Span<byte> buffer) => Read(program.Number, stream, buffer);

    private static int Read(int program, int stream, Span<byte> buffer)
    {
        fixed (byte* room = buffer)
        {
            var request = new Request { Buffer = (ulong)room, Length = (uint)buffer.Length, Stream = (uint)stream, Program = program };
            var result = Libc.bpf(BpfSystemCall.Number, StreamReadCommand, &request, (uint)sizeof(Request));
            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    // The part prog_stream_read of union bpf_attr.
    [StructLayout(LayoutKind.Sequential)]
    private struct Request
    {
        public ulong Buffer;
        public uint Length;
        public uint Stream;
        public int Program;
        private readonly uint _unused;
    }
}
