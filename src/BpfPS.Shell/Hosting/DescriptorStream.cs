using System.ComponentModel;
using System.Runtime.InteropServices;

namespace BpfPS.Shell.Hosting;

/// <summary>
/// Writes to a file descriptor that the shell was started with. The console's own stream swallows EPIPE, so that
/// <c>bpfps-shell -c ... | head -1</c> would run for ever; a FileStream keeps a position of its own and would overwrite
/// what a child process wrote to the same file.
/// </summary>
internal sealed partial class DescriptorStream(int descriptor) : Stream
{
    private const int Eintr = 4;
    private const int Eagain = 11;
    private const int Epipe = 32;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <exception cref="OutputClosedException">The other end of the pipe is closed.</exception>
    /// <exception cref="IOException">The write failed for another reason, such as a full disk.</exception>
    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written;
            // The pointer is used for the length of the call only.
            fixed (byte* start = buffer)
            {
                written = NativeWrite(descriptor, start, (nuint)buffer.Length);
            }

            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Eintr:
                    break;
                case Eagain:
                    // Somebody else made the descriptor non-blocking; it is theirs to undo.
                    Thread.Sleep(1);
                    break;
                case Epipe:
                    throw new OutputClosedException();
                case var error:
                    throw new IOException($"Writing the output failed: {new Win32Exception(error).Message}");
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint NativeWrite(int descriptor, byte* buffer, nuint count);
}
