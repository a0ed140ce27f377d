namespace BpfPS.Host;

/// <summary>What a <see cref="KallsymsTable"/> keeps for an address beside the address.</summary>
/// <param name="Name">Where its name starts in the table's name buffer; -1 for a boundary.</param>
/// <param name="Module">The number of its module, from 1; 0 for the kernel itself.</param>
/// <param name="Rank">Which of several names for one address to prefer: the lowest.</param>
internal readonly record struct KallsymsEntry(int Name, ushort Module, byte Rank)
{
    /// <summary>The place in the file, which breaks ties.</summary>
    public int Order { get; init; }

    /// <summary>Nothing that is a function starts here, but what came before ends.</summary>
    public bool IsBoundary => Name < 0;

    /// <summary>A boundary that was worked out from a module's size instead of seen as a symbol.</summary>
    public bool IsModuleEnd => Rank == ModuleEndRank;

    private const byte ModuleEndRank = byte.MaxValue;

    /// <summary>A data symbol of the module.</summary>
    public static KallsymsEntry Boundary(ushort module) => new(-1, module, ModuleEndRank - 1);

    /// <summary>The end of the module.</summary>
    public static KallsymsEntry ModuleEnd(ushort module) => new(-1, module, ModuleEndRank);
}
