namespace BpfPS.Commands;

/// <summary>A place in bpffs: one pin, a directory of pins, or a wildcard that matches some.</summary>
internal sealed class PinPlace
{
    private readonly string _path;

    private PinPlace(string path, bool isPattern)
    {
        _path = path;
        IsPattern = isPattern;
    }

    /// <summary>Whether it is a wildcard: then it is no error when there is nothing.</summary>
    public bool IsPattern { get; }

    /// <summary>
    /// What a user wrote: a relative path counts from the root of bpffs, and a path that exists is that path, whatever
    /// characters it has.
    /// </summary>
    public static PinPlace Of(string path)
    {
        if (Wildcards.IsPattern(path) && !path.Contains('\0') && System.IO.Path.GetFullPath(path, BpfFileSystem.Root) is var full
            && !System.IO.Path.Exists(full))
        {
            return new PinPlace(full, isPattern: true);
        }
        return new PinPlace(path, isPattern: false);
    }

    /// <summary>A pin that is known to be there.</summary>
    public static PinPlace Of(BpfPin pin) => new(pin.Path, isPattern: false);

    /// <summary>Whether it is one pin, or would be: neither a wildcard nor a directory.</summary>
    /// <param name="full">Its absolute path, where it is.</param>
    /// <exception cref="BpfException">It cannot be a place for pins.</exception>
    public bool IsOne(out string full)
    {
        full = IsPattern ? _path : BpfFileSystem.ResolvePin(_path);
        return !IsPattern && !Directory.Exists(full);
    }

    /// <summary>The pins: the one, all below the directory, or those that match the wildcard.</summary>
    /// <param name="unreadable">Takes the pins that this user may not open, and why; null to leave them out.</param>
    /// <exception cref="BpfException">There is nothing, and it is not a wildcard.</exception>
    public IReadOnlyList<BpfPin> Pins(ICollection<(string Path, BpfException Error)>? unreadable = null)
    {
        if (IsPattern)
        {
            var pattern = Wildcards.Pattern(_path);
            return All(unreadable).Where(pin => pattern.IsMatch(pin.Path)).ToArray();
        }
        return IsOne(out var full) ? [BpfPin.Get(full)] : BpfPin.List(full, unreadable).ToArray();
    }

    /// <summary>Every pin in every bpffs that is mounted.</summary>
    /// <param name="unreadable">Takes the pins that this user may not open, and why; null to leave them out.</param>
    public static IEnumerable<BpfPin> All(ICollection<(string Path, BpfException Error)>? unreadable = null) =>
        BpfFileSystem.Mounts.SelectMany(mount => BpfPin.List(mount, unreadable));

    /// <summary>What of a place could not be listed, in sentences; null if nothing.</summary>
    public static string? LeftOut(IReadOnlyList<(string Path, BpfException Error)> unreadable) => unreadable switch
    {
        [] => null,
        [var (_, only)] => $"One pin or directory is not listed. {only.Message}",
        [var (_, first), ..] =>
            $"{unreadable.Count} pins or directories are not listed; Get-BpfPin -Verbose names them. The first: {first.Message}",
    };

    /// <summary>The directories and single pins, for what treats a directory as one thing.</summary>
    /// <exception cref="BpfException">It cannot be a place for pins.</exception>
    public IReadOnlyList<string> Paths()
    {
        if (!IsPattern)
        {
            return [BpfFileSystem.ResolvePin(_path)];
        }
        var pattern = Wildcards.Pattern(_path);
        var entries = BpfFileSystem.Mounts.SelectMany(mount => Directory.EnumerateFileSystemEntries(mount, "*", BpfFileSystem.Everything));
        // '*' matches '/' as well: what lies below a place that is named already is not named again.
        var places = new List<string>();
        foreach (var place in entries.Where(pattern.IsMatch).Order(StringComparer.Ordinal))
        {
            if (!places.Exists(above => place.StartsWith($"{above}/", StringComparison.Ordinal)))
            {
                places.Add(place);
            }
        }
        return places;
    }

    /// <summary>The path or wildcard.</summary>
    public override string ToString() => VisibleText.Escape(_path);
}
