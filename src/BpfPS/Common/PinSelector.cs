namespace BpfPS.Commands;

/// <summary>Finds pins by path, wildcards allowed.</summary>
internal static class PinSelector
{
    /// <summary>The pins at a path: one pin, all below a directory, or those that match a wildcard. A relative path counts from bpffs's root.</summary>
    /// <exception cref="BpfException">A path without wildcards names nothing.</exception>
    public static IReadOnlyList<BpfPin> Find(string path)
    {
        if (Wildcards.IsPattern(path) && !path.Contains('\0'))
        {
            var pattern = Wildcards.Pattern(Path.GetFullPath(path, BpfFileSystem.Root));
            return BpfFileSystem.IsMounted ? BpfPin.List(BpfFileSystem.Root).Where(pin => pattern.IsMatch(pin.Path)).ToArray() : [];
        }
        var full = BpfFileSystem.ResolvePin(path);
        return Directory.Exists(full) ? BpfPin.List(full).ToArray() : [BpfPin.Get(full)];
    }

    /// <summary>The directories and single pins that a path or wildcard names, for what treats a directory as one thing.</summary>
    public static IReadOnlyList<string> FindPlaces(string path)
    {
        if (!Wildcards.IsPattern(path) || path.Contains('\0'))
        {
            return [BpfFileSystem.ResolvePin(path)];
        }
        var pattern = Wildcards.Pattern(Path.GetFullPath(path, BpfFileSystem.Root));
        if (!BpfFileSystem.IsMounted)
        {
            return [];
        }
        // '*' matches '/' as well: what lies below a place that is named already is not named again.
        var places = new List<string>();
        foreach (var place in Directory.EnumerateFileSystemEntries(BpfFileSystem.Root, "*", BpfFileSystem.Everything).Where(pattern.IsMatch).Order(StringComparer.Ordinal))
        {
            if (!places.Exists(above => place.StartsWith($"{above}/", StringComparison.Ordinal)))
            {
                places.Add(place);
            }
        }
        return places;
    }
}
