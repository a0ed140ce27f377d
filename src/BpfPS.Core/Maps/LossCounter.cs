using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>The variable in which a program counts the events that did not fit into its ring buffer.</summary>
// unsafe: the value's array has the map's value size and is pinned for the lookup.
internal sealed unsafe class LossCounter : IDisposable
{
    private readonly BpfMap _section;
    private readonly uint _offset;
    private FileDescriptor? _kept;

    private LossCounter(BpfMap section, uint offset)
    {
        _section = section;
        _offset = offset;
    }

    /// <summary>The counter of a ring buffer; null if the program has none or it cannot be found.</summary>
    public static LossCounter? Of(BpfMap ring) =>
        StreamVariable.Find(ring, "lost") is var (section, offset) ? new LossCounter(section, offset) : null;

    /// <summary>Keeps the counter open until <see cref="Dispose"/>, so that it can be read after the program has been stopped.</summary>
    public void Keep()
    {
        try
        {
            _kept ??= _section.OpenDescriptor();
        }
        catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
        {
            return; // and reading gives null
        }
    }

    /// <summary>Closes what <see cref="Keep"/> opened.</summary>
    public void Dispose() => _kept?.Dispose();

    /// <summary>The number of events lost since the program was loaded; null if the map no longer exists.</summary>
    public ulong? Read()
    {
        if (_kept is not null)
        {
            return Read(_kept);
        }
        try
        {
            using var fd = _section.OpenDescriptor();
            return Read(fd);
        }
        catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
        {
            return null;
        }
    }

    private ulong? Read(FileDescriptor fd)
    {
        var value = new byte[_section.ValueSize];
        uint key = 0;
        fixed (byte* pointer = value)
        {
            return LibBpf.bpf_map_lookup_elem(fd, &key, pointer) < 0 ? null : BitConverter.ToUInt64(value, (int)_offset);
        }
    }
}
