using BpfPS.Host;

namespace BpfPS.Maps;

/// <summary>The variable that BPFPS_EVENTS of bpfps.h defines beside a ring buffer.</summary>
internal static class StreamVariable
{
    /// <summary>
    /// The map of the section that holds a member, and where in its value; null if the program has no such member or it cannot be found.
    /// </summary>
    /// <param name="ring">The ring buffer.</param>
    /// <param name="member">The member's name; it has eight bytes.</param>
    /// <exception cref="BpfException">The ring is not from a started object, and the user lacks permission to list programs.</exception>
    public static (BpfMap Section, uint Offset)? Find(BpfMap ring, string member)
    {
        var types = ring.ObjectTypes ?? KernelBtf.OfAnyUser(ring.Id);
        if (types is null || EventTypeFinder.StreamMember(types, ring.Name, member) is not var (name, offset))
        {
            return null;
        }
        // The name of a section's map in the kernel is the start of the object's name followed by the section's name.
        return SiblingMaps.Of(ring).FirstOrDefault(map => map.Type == "array" && map.Name.EndsWith(name, StringComparison.Ordinal)
            && offset + sizeof(ulong) <= map.ValueSize) is { } section ? (section, offset) : null;
    }
}
