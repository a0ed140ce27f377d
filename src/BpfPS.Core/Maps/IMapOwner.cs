using BpfPS.Btf;
using BpfPS.Files;

namespace BpfPS.Maps;

/// <summary>The started object that a map belongs to, as the map sees it.</summary>
internal interface IMapOwner
{
    /// <summary>The object's name.</summary>
    string Name { get; }

    /// <summary>The types of the object file, which contain more than the kernel keeps.</summary>
    BtfTypes Types { get; }

    /// <summary>The debug information of the object file, which has the structs that only the programs' code uses.</summary>
    DebugInformation Debug { get; }

    /// <summary>All maps of the object.</summary>
    IReadOnlyList<BpfMap> Maps { get; }

    /// <summary>Whether the object has been stopped, so that no new events can arrive.</summary>
    bool IsStopped { get; }
}
