namespace BpfPS.Probes;

/// <summary>The tracepoints of the running kernel, from tracefs, which is mounted when it is not.</summary>
internal static class TracepointCatalog
{
    // Perf and libbpf cannot attach to ftrace's own entries, which have formats for the reader of its buffer only.
    private const string OwnEntries = "ftrace";

    /// <summary>The names of all tracepoints as "subsystem:name", in alphabetical order.</summary>
    /// <exception cref="BpfException">tracefs cannot be mounted or read.</exception>
    public static IReadOnlyList<string> Names() => Reading(root => Subsystems(root)
        .SelectMany(subsystem => Of(root, subsystem).Select(name => $"{subsystem}:{name}")).Order(StringComparer.Ordinal).ToArray());

    /// <summary>The names of the tracepoints of a subsystem; empty if there is no such subsystem.</summary>
    /// <param name="subsystem">Its name, such as "sched".</param>
    /// <exception cref="BpfException">tracefs cannot be mounted or read.</exception>
    public static IReadOnlyList<string> Names(string subsystem) => Reading(root => IsName(subsystem)
        && Directory.Exists($"{root}/{subsystem}") ? Of(root, subsystem).Order(StringComparer.Ordinal).ToArray() : []);

    /// <summary>The names of the system calls that have tracepoints, as people use them, in alphabetical order.</summary>
    /// <exception cref="BpfException">tracefs cannot be mounted or read.</exception>
    public static IReadOnlyList<string> SystemCalls() => Names(SystemCallProbe.Subsystem)
        .Where(name => name.StartsWith(SystemCallProbe.EntryPrefix, StringComparison.Ordinal))
        .Select(name => SystemCallAliases.Common(name[SystemCallProbe.EntryPrefix.Length..])).Order(StringComparer.Ordinal).ToArray();

    /// <summary>Whether there is a tracepoint.</summary>
    /// <param name="name">Its name: "subsystem:name".</param>
    /// <exception cref="BpfException">tracefs cannot be mounted or read.</exception>
    public static bool Has(string name) => name.Split(':') is [var subsystem, var tail] && Reading(root =>
        IsName(subsystem) && subsystem != OwnEntries && IsName(tail) && Directory.Exists($"{root}/{subsystem}/{tail}"));

    /// <summary>The first tracepoint with a name in any subsystem, as "subsystem:name"; null if there is none.</summary>
    /// <param name="name">Its name without the subsystem.</param>
    /// <exception cref="BpfException">tracefs cannot be mounted or read.</exception>
    public static string? Complete(string name) => Reading(root => !IsName(name) ? null : Subsystems(root).Order(StringComparer.Ordinal)
        .Where(subsystem => Directory.Exists($"{root}/{subsystem}/{name}")).Select(subsystem => $"{subsystem}:{name}").FirstOrDefault());

    /// <summary>The format of a tracepoint.</summary>
    /// <param name="name">Its name: "subsystem:name", or with a slash as libbpf writes it.</param>
    /// <exception cref="BpfException">There is none, or its format cannot be read.</exception>
    public static TracepointFormat Read(string name)
    {
        var at = name.IndexOfAny([':', '/']);
        return Find(at < 0 ? "" : name[..at], name[(at + 1)..]) ?? throw ProbeErrors.NotFound("tracepoint", name, Names());
    }

    /// <summary>A system call by its name.</summary>
    /// <param name="name">The name that people use, or that of its tracepoints: "stat" and "newstat" are the same.</param>
    /// <param name="types">The kernel's types.</param>
    /// <exception cref="BpfException">There is none, or its formats cannot be read.</exception>
    public static SystemCallProbe ReadSystemCall(string name, ProbeTypes types)
    {
        var traced = SystemCallAliases.Traced(name);
        return Find(SystemCallProbe.Subsystem, SystemCallProbe.EntryPrefix + traced) is { } entry
            && Find(SystemCallProbe.Subsystem, SystemCallProbe.ExitPrefix + traced) is { } exit
            ? SystemCallProbe.Of(entry, exit, types) : throw ProbeErrors.NotFound("system call", name, SystemCalls());
    }

    private static TracepointFormat? Find(string subsystem, string name) => Reading(root =>
        IsName(subsystem) && IsName(name) && File.Exists($"{root}/{subsystem}/{name}/format")
            ? TracepointFormat.Parse(subsystem, File.ReadAllText($"{root}/{subsystem}/{name}/format")) : null);

    private static bool IsName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
        && name is not ("." or "..");

    private static IEnumerable<string> Subsystems(string root) => new DirectoryInfo(root).EnumerateDirectories()
        .Select(directory => directory.Name).Where(name => name != OwnEntries);

    private static IEnumerable<string> Of(string root, string subsystem) =>
        new DirectoryInfo($"{root}/{subsystem}").EnumerateDirectories().Select(directory => directory.Name);

    private static T Reading<T>(Func<string, T> read)
    {
        BpfFileSystem.MountTrace();
        var root = $"{BpfFileSystem.TracePlaces.First(BpfFileSystem.IsTrace)}/events";
        try
        {
            // A directory that this user may not read would look like one in which nothing is.
            _ = Directory.EnumerateDirectories(root).Any();
            return read(root);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw ProbeErrors.Unreadable(root, e);
        }
    }
}
