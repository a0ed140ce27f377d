using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>
/// Where a reader tells a program up to which position of the ring buffer it needs no wake-up (bpfps_wake_up of bpfps.h).
/// </summary>
// unsafe: the page stays mapped until Dispose, and the offset was checked against the map's value.
internal sealed unsafe class WakePosition : IDisposable
{
    private readonly nint _address;
    private readonly nuint _length;
    private readonly ulong* _position;
    private bool _isDisposed;

    private WakePosition(nint address, nuint length, uint offset)
    {
        (_address, _length) = (address, length);
        _position = (ulong*)(address + (nint)offset);
    }

    /// <summary>
    /// That of a ring buffer; null if its program has none, or if this user may not write to it: then the program wakes its reader as it
    /// likes.
    /// </summary>
    /// <param name="ring">The ring buffer.</param>
    /// <exception cref="BpfException">The ring is not from a started object, and the user lacks permission to list programs.</exception>
    public static WakePosition? Of(BpfMap ring)
    {
        if (StreamVariable.Find(ring, "wake_at") is not var (section, offset) || offset % sizeof(ulong) != 0)
        {
            return null;
        }
        try
        {
            using var fd = section.OpenDescriptor();
            var page = (uint)Environment.SystemPageSize;
            var length = (section.ValueSize + page - 1) & ~(page - 1);
            var address = Libc.mmap(0, length, Libc.ProtectionRead | Libc.ProtectionWrite, Libc.MapShared, fd.Number, 0);
            return address == -1 ? null : new WakePosition(address, length, offset);
        }
        catch (BpfException e) when (e.Kind is BpfErrorKind.Vanished or BpfErrorKind.PermissionDenied)
        {
            return null;
        }
    }

    /// <summary>Asks for no wake-up before the program has written up to a position.</summary>
    /// <param name="position">The position in bytes since the ring was made; 0 to be woken as the kernel does without.</param>
    public void Set(ulong position) => Volatile.Write(ref *_position, position);

    /// <summary>Leaves waking to the kernel again.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            Set(0);
            _ = Libc.munmap(_address, _length);
        }
    }
}
