using System.Runtime.InteropServices;
using System.Text;

namespace BpfPS.Loading;

/// <summary>The buffer for the verifier's log. Only the pages that the kernel writes use memory.</summary>
// unsafe: this class owns the buffer until Dispose, passes its real size to the kernel, and never reads beyond that size.
internal sealed unsafe class VerifierLogBuffer : IDisposable
{
    /// <summary>Creates a buffer.</summary>
    /// <param name="size">Its size in bytes.</param>
    /// <exception cref="OutOfMemoryException">There is not enough memory.</exception>
    public VerifierLogBuffer(int size)
    {
        Size = (nuint)size;
        Address = (nint)NativeMemory.AllocZeroed(Size);
    }

    public nint Address { get; }

    public nuint Size { get; }

    public bool IsEmpty => Bytes.IsEmpty;

    /// <summary>Whether the buffer is full: the log is truncated, unless it happened to fit exactly.</summary>
    public bool IsFull => Bytes.Length >= (int)Size - 1;

    // A view of the native memory, up to the NUL that ends the log.
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
