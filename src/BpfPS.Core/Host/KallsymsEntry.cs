namespace BpfPS.Host;

/// <summary>The entry of a <see cref="KallsymsTable"/> for an address.</summary>
/// <param name="Name">The offset of its name in the table's name buffer; -1 for a boundary.</param>
/// <param name="Module">The number of its module, from 1; 0 for the kernel itself.</param>
/// <param name="Rank">The rank of its name: of several names for one address, the one with the lowest rank is used.</param>
internal readonly record struct KallsymsEntry(int Name, ushort Module, byte Rank)
{
    /// <summary>Its position in the file, which breaks ties.</summary>
    public int Order { get; init; }

    /// <summary>Whether no function starts here, but the previous one ends.</summary>
    public bool IsBoundary => Name < 0;

    /// <summary>Whether this boundary was calculated from a module's size instead of read from a symbol.</summary>
    public bool IsModuleEnd => Rank == ModuleEndRank;

    private const byte ModuleEndRank = byte.MaxValue;

    /// <summary>A boundary from a data symbol of a module.</summary>
    public static KallsymsEntry Boundary(ushort module) => new(-1, module, ModuleEndRank - 1);

    /// <summary>A boundary from the end of a module.</summary>
    public static KallsymsEntry ModuleEnd(ushort module) => new(-1, module, ModuleEndRank);
}
