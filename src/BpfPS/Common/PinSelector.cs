namespace BpfPS.Commands;

/// <summary>Finds pins by path, wildcards allowed.</summary>
internal static class PinSelector
{
    /// <summary>The pins at a path: one pin, all below a directory, or those that match a wildcard. A relative path counts from bpffs's root.</summary>
    /// <param name="path">The path.</param>
    /// <param name="unreadable">Takes the pins that this user may not open, and why; null to leave them out.</param>
    /// <exception cref="BpfException">A path without wildcards names nothing.</exception>
    public static IReadOnlyList<BpfPin> Find(string path, ICollection<(string Path, BpfException Error)>? unreadable = null)
    {
        if (IsPattern(path))
        {
            var pattern = Wildcards.Pattern(Path.GetFullPath(path, BpfFileSystem.Root));
            return BpfFileSystem.Mounts.SelectMany(mount => BpfPin.List(mount, unreadable)).Where(pin => pattern.IsMatch(pin.Path)).ToArray();
        }
        var full = BpfFileSystem.ResolvePin(path);
        return Directory.Exists(full) ? BpfPin.List(full, unreadable).ToArray() : [BpfPin.Get(full)];
    }

    /// <summary>The directories and single pins that a path or wildcard names, for what treats a directory as one thing.</summary>
    public static IReadOnlyList<string> FindPlaces(string path)
    {
        if (!IsPattern(path))
        {
            return [BpfFileSystem.ResolvePin(path)];
        }
        var pattern = Wildcards.Pattern(Path.GetFullPath(path, BpfFileSystem.Root));
        // '*' matches '/' as well: what lies below a place that is named already is not named again.
        var places = new List<string>();
        foreach (var place in BpfFileSystem.Mounts.SelectMany(mount => Directory.EnumerateFileSystemEntries(mount, "*", BpfFileSystem.Everything)).Where(pattern.IsMatch).Order(StringComparer.Ordinal))
        {
            if (!places.Exists(above => place.StartsWith($"{above}/", StringComparison.Ordinal)))
            {
                places.Add(place);
            }
        }
        return places;
    }

    private static bool IsPattern(string path) => Wildcards.IsPattern(path) && !path.Contains('\0');
}
