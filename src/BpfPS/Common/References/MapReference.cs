using System.Globalization;

namespace BpfPS.Commands;

/// <summary>One map, as a parameter takes it: by its name, its id, its pin, or as an object.</summary>
/// <param name="value">The name, the id, the path of a pin, the map, or whatever leads to it.</param>
public sealed class MapReference(object value) : ThingReference(value)
{
    private readonly Lazy<BpfMap> _map = new(() => MapResolver.Instance.Single(value));

    /// <summary>The map.</summary>
    /// <exception cref="BpfException">There is none, or there are several.</exception>
    internal BpfMap Resolve() => _map.Value;

    /// <summary>Whether a map is meant, among those of an object. An id can be text.</summary>
    internal bool Is(BpfMap map) => Text is { } name && !name.StartsWith('/')
        ? MapResolver.Instance.IsNamed(map, name) || name == map.Id.ToString(CultureInfo.InvariantCulture) : Resolve().Id == map.Id;

    /// <summary>The name that the map has in an object file that is not loaded yet.</summary>
    /// <exception cref="BpfException">There is no such map to have a name.</exception>
    internal string NameInFile() => Text is { } name && !name.StartsWith('/') ? name : Resolve().Name;
}
