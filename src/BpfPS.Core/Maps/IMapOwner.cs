using BpfPS.Btf;

namespace BpfPS.Maps;

/// <summary>What a map asks of the started object that it belongs to.</summary>
internal interface IMapOwner
{
    /// <summary>The object file's own types, which say more than the kernel keeps.</summary>
    BtfTypes Types { get; }

    /// <summary>All maps of the object.</summary>
    IReadOnlyList<BpfMap> Maps { get; }

    /// <summary>Whether the object has been stopped, and nothing new can come.</summary>
    bool IsStopped { get; }
}
