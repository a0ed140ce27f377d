using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>The variable in which a filter in the kernel counts the records that it did not let through, in parts for its CPUs.</summary>
// unsafe: the value's array has the map's value size and is pinned for the lookup.
internal sealed unsafe class FilterCounter : IDisposable
{
    /// <summary>The section of the variables of filters.</summary>
    public const string Section = ".data.bpfps";

    /// <summary>How the name of the variable begins, before the ring buffer's.</summary>
    public const string Prefix = "bpfps_filtered_";

    /// <summary>The same for the variable that counts the records beyond the highest rate.</summary>
    public const string RatePrefix = "bpfps_left_out_";

    /// <summary>Bytes from one part to the next: a cache line.</summary>
    public const int Stride = 64;

    private readonly BpfMap _section;
    private readonly FileDescriptor _kept; // so that it can be read after the program has been stopped
    private readonly int _offset;
    private readonly int _size;

    private FilterCounter(BpfMap section, BtfSectionVariable place) =>
        (_section, _kept, _offset, _size) = (section, section.OpenDescriptor(), (int)place.Offset, (int)place.Size);

    /// <summary>The counter of a ring buffer; null if its program has no filter, or no highest rate.</summary>
    /// <param name="ring">The ring buffer.</param>
    /// <param name="prefix">How the name of the variable begins.</param>
    public static FilterCounter? Of(BpfMap ring, string prefix = Prefix)
    {
        var types = ring.ObjectTypes ?? KernelBtf.OfAnyUser(ring.Id);
        var place = types?.Variables(Section).Select(one => (one.Variable.Name, one.Place)).FirstOrDefault(one =>
            one.Name.StartsWith(prefix, StringComparison.Ordinal) && EventTypeFinder.IsNamed(one.Name[prefix.Length..], ring.Name)).Place;
        return place is null ? null
            : SiblingMaps.Of(ring).FirstOrDefault(map => map.Type == "array" && map.Name.EndsWith(Section, StringComparison.Ordinal)
                && place.Offset + (ulong)place.Size <= map.ValueSize) is { } section ? new FilterCounter(section, place) : null;
    }

    /// <summary>The number of records that were not let through since the program was loaded; null if it cannot be read.</summary>
    public ulong? Read()
    {
        var value = new byte[_section.ValueSize];
        uint key = 0;
        fixed (byte* pointer = value)
        {
            if (LibBpf.bpf_map_lookup_elem(_kept, &key, pointer) < 0)
            {
                return null;
            }
        }
        var sum = 0UL;
        for (var at = _offset; at < _offset + _size; at += Stride)
        {
            sum += BitConverter.ToUInt64(value, at);
        }
        return sum;
    }

    /// <summary>Closes it.</summary>
    public void Dispose() => _kept.Dispose();
}
