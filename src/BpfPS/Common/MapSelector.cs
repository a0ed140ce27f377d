using System.Management.Automation;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>Finds maps by name, id or pin.</summary>
internal static class MapSelector
{
    /// <summary>The maps whose name matches. A name the kernel has cut also matches what it was cut from.</summary>
    /// <exception cref="BpfException">A plain name matches nothing.</exception>
    public static IReadOnlyList<BpfMap> ByName(string name)
    {
        var maps = (Wildcards.IsPattern(name)
            ? Wildcards.Matching(BpfMap.List(), name, map => map.Name)
            : BpfMap.List().Where(map => IsNamed(map, name))).ToArray();
        return maps.Length > 0 || Wildcards.IsPattern(name) ? maps
            : throw new BpfException(BpfErrorKind.NotFound, $"There is no map named '{VisibleText.Escape(name)}' in the kernel.", "List the maps with Get-BpfMap.");
    }

    /// <summary>Whether a map has that name, in any case; the kernel may have cut it.</summary>
    public static bool IsNamed(BpfMap map, string name) => EventTypeFinder.IsNamed(name.ToLowerInvariant(), map.Name.ToLowerInvariant());

    /// <summary>
    /// The map that an object without a class of its own stands for: one that came through remoting or a file, or that a
    /// pipeline made. Null when it names none; a program's id, say, is no map's.
    /// </summary>
    /// <exception cref="BpfException">The map that it names is not there.</exception>
    public static BpfMap? ByProperties(PSObject item) =>
        ObjectReference.Resolve(item, [nameof(BpfMap), nameof(BpfPin)], BpfMap.FromPin, BpfMap.FromId);

    /// <summary>The one map of that name.</summary>
    /// <exception cref="BpfException">There is none, or several.</exception>
    public static BpfMap Single(string name)
    {
        var maps = ByName(name);
        return maps switch
        {
            [var only] => only,
            [] => throw new BpfException(BpfErrorKind.NotFound, $"No map's name matches '{VisibleText.Escape(name)}'.", "List the maps with Get-BpfMap."),
            _ => throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(name)}' is the name of {maps.Count} maps: ids {string.Join(", ", maps.Select(map => map.Id))}.", "Say which one with -Id."),
        };
    }

    /// <summary>The maps pinned at a path: one pin, a directory's, or those that match a wildcard.</summary>
    public static IEnumerable<BpfMap> ByPath(string path) =>
        PinSelector.Find(path).Where(pin => pin.Kind == BpfPinKind.Map).Select(pin => BpfMap.FromPin(pin.Path));
}
