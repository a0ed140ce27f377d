namespace BpfPS.Commands;

/// <summary>What a cmdlet reads from: what is there already, or what it starts for as long as it reads.</summary>
/// <param name="Name">Its name; of what is to be started, the tool's name or the file.</param>
internal sealed record ReadSource(string Name)
{
    /// <summary>The started object; null where it is not one of this session.</summary>
    public BpfObject? Object { get; private init; }

    /// <summary>Its maps; null for what is to be started.</summary>
    public IReadOnlyList<BpfMap>? Maps { get; private init; }

    /// <summary>Whether it is a map that was named itself, rather than what has maps.</summary>
    public bool IsMap { get; private init; }

    /// <summary>A started object.</summary>
    public static ReadSource Of(BpfObject obj) => new(obj.Name) { Object = obj, Maps = obj.Maps };

    /// <summary>A map.</summary>
    public static ReadSource Of(BpfMap map) => new(map.Name) { Maps = [map], IsMap = true };

    /// <summary>What has maps: a directory of pins, or an object that lost its class.</summary>
    public static ReadSource Of(string name, IEnumerable<BpfMap> maps) => new(name) { Maps = maps.ToArray() };

    /// <summary>The name, also in messages.</summary>
    public override string ToString() => VisibleText.Escape(Name);
}
