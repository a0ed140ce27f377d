using BpfPS.Native;

namespace BpfPS.Core.Tests.Support;

/// <summary>Bytes that end where memory ends: whoever reads one byte too many dies at once. Unsafe because that is its purpose.</summary>
internal sealed unsafe class GuardedBytes : IDisposable
{
    private const int PrivateAnonymous = 0x22;
    private const int FixedAddress = 0x10;
    private readonly nint _pages;
    private readonly nuint _length;

    public GuardedBytes(ReadOnlySpan<byte> bytes)
    {
        var page = Environment.SystemPageSize;
        var room = (bytes.Length + page - 1) / page * page;
        _length = (nuint)(room + page);
        _pages = Libc.mmap(0, _length, Libc.ProtectionRead | Libc.ProtectionWrite, PrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, _pages);
        Assert.Equal(_pages + room, Libc.mmap(_pages + room, (nuint)page, 0, PrivateAnonymous | FixedAddress, -1, 0));
        Address = _pages + room - bytes.Length;
        bytes.CopyTo(new Span<byte>((void*)Address, bytes.Length));
    }

    /// <summary>Where the bytes begin.</summary>
    public nint Address { get; }

    public void Dispose() => Assert.Equal(0, Libc.munmap(_pages, _length));
}
