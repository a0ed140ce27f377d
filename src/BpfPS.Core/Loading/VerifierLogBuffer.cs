using System.Runtime.InteropServices;
using System.Text;

namespace BpfPS.Loading;

/// <summary>Memory that the kernel writes the verifier's log to. Only the pages that it writes become memory.</summary>
// unsafe: the buffer is ours until Dispose, of the size that the kernel is told, and ends in a NUL that was there from the start.
internal sealed unsafe class VerifierLogBuffer : IDisposable
{
    /// <summary>Creates a buffer.</summary>
    /// <param name="size">Its size in bytes.</param>
    /// <exception cref="OutOfMemoryException">There is no such memory.</exception>
    public VerifierLogBuffer(int size)
    {
        Size = (nuint)size;
        Address = (nint)NativeMemory.AllocZeroed(Size);
    }

    public nint Address { get; }

    public nuint Size { get; }

    public bool IsEmpty => Bytes.IsEmpty;

    /// <summary>Whether there was no room for more: the log is cut, but for the chance that it fitted to the byte.</summary>
    public bool IsFull => Bytes.Length >= (int)Size - 1;

    // Native memory has no type: this is the view of it, up to the NUL that the kernel ends the log with.
    private ReadOnlySpan<byte> Bytes
    {
        get
        {
            var bytes = new ReadOnlySpan<byte>((void*)Address, (int)Size);
            return bytes.IndexOf((byte)0) is var end and >= 0 ? bytes[..end] : bytes;
        }
    }

    public string Text() => Encoding.UTF8.GetString(Bytes);

    public void Dispose() => NativeMemory.Free((void*)Address);
}
