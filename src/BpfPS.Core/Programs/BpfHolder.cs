using System.Globalization;
using BpfPS.Programs;

namespace BpfPS;

/// <summary>A process that holds a BPF object open.</summary>
/// <param name="ProcessId">Its process id.</param>
/// <param name="Name">Its command name.</param>
public sealed record BpfHolder(int ProcessId, string Name)
{
    /// <summary>The processes that hold each program, from a BPF iterator or, if that cannot be loaded, from /proc.</summary>
    internal static ILookup<uint, BpfHolder> OfPrograms() => Sorted(HolderIterator.TryRead() ?? HolderWalk.Programs());

    /// <summary>The processes that hold each link.</summary>
    internal static ILookup<uint, BpfHolder> OfLinks() => Sorted(HolderWalk.Links());

    internal static ILookup<uint, BpfHolder> Sorted(IEnumerable<(uint Id, BpfHolder Holder)> found) =>
        found.Distinct().OrderBy(entry => entry.Holder.ProcessId).ToLookup(entry => entry.Id, entry => entry.Holder);

    /// <summary>The name and the process id.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Escape(Name)}({ProcessId})");
}
