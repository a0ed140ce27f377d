using BpfPS.Btf;

namespace BpfPS.Generation;

/// <summary>The struct of a probe's events.</summary>
internal sealed class TracedRecord
{
    private readonly Dictionary<string, uint> _offsets = [];

    /// <summary>Lays it out, and adds its type.</summary>
    /// <param name="target">The object.</param>
    /// <param name="name">Its tag.</param>
    /// <param name="members">Its members, in their order.</param>
    /// <param name="keyMembers">How many of them are a key, whose end is filled up to a multiple of eight bytes.</param>
    public TracedRecord(GeneratedObject target, string name, IReadOnlyList<TracedMember> members, int keyMembers = 0)
    {
        (Name, Members) = (name, members);
        var end = 0u;
        var placed = new List<BtfMember>();
        foreach (var member in members)
        {
            if (placed.Count == keyMembers)
            {
                KeyEnd = end = Filled(end);
            }
            var offset = (end + member.Align - 1) / member.Align * member.Align;
            _offsets[member.Name] = offset;
            placed.Add(new BtfMember(member.Name, member.Type, offset * 8, 0));
            end = offset + member.Size;
        }
        Size = Filled(end);
        KeyEnd = members.Count == keyMembers ? Size : KeyEnd;
        Type = target.Btf.Composite(BtfKind.Struct, name, Size, placed);
    }

    /// <summary>Its tag.</summary>
    public string Name { get; }

    /// <summary>Its members.</summary>
    public IReadOnlyList<TracedMember> Members { get; }

    /// <summary>Its size in bytes.</summary>
    public uint Size { get; }

    /// <summary>Where the members end that are a key, in bytes.</summary>
    public uint KeyEnd { get; }

    /// <summary>The number of its type.</summary>
    public uint Type { get; }

    /// <summary>Where a member lies, in bytes.</summary>
    public uint OffsetOf(TracedMember member) => _offsets[member.Name];

    /// <summary>What it costs to fill the dearest of some members.</summary>
    /// <param name="names">Their names.</param>
    public int CostOf(IReadOnlySet<string> names) =>
        Members.Where(member => names.Contains(member.Name)).Select(member => member.Source.Cost).DefaultIfEmpty().Max();

    private static uint Filled(uint end) => (end + sizeof(ulong) - 1) / sizeof(ulong) * sizeof(ulong);
}
