using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>What the kernel's errno means when a map's entry is read or written.</summary>
internal static class MapErrors
{
    /// <summary>The error for a call on a map.</summary>
    /// <param name="result">What the call gave: a negative errno.</param>
    /// <param name="map">The map.</param>
    /// <param name="fd">Its descriptor.</param>
    /// <param name="operation">What was tried.</param>
    public static BpfException From(int result, BpfMap map, FileDescriptor fd, MapOperations operation)
    {
        var errno = (BpfErrno)(-result);
        var name = $"Map '{VisibleText.Escape(map.Name)}'";
        var writes = operation is MapOperations.Update or MapOperations.Delete;
        var reads = operation is not (MapOperations.Update or MapOperations.Delete);
        return errno switch
        {
            BpfErrno.E2BIG when MapKind.IsIndexed(map) =>
                Error(BpfErrorKind.InvalidArgument, $"{name} has the indices 0 to {map.MaxEntries - 1}.", null),
            BpfErrno.E2BIG or BpfErrno.ENOSPC when operation == MapOperations.Update =>
                Error(BpfErrorKind.OperationFailed,
                    $"{name} is full: it holds at most {map.MaxEntries.ToString(CultureInfo.InvariantCulture)} entries.",
                    BpfRemedy.To(BpfAdvice.RemoveEntries)),
            BpfErrno.EPERM or BpfErrno.EACCES when Access(fd) == Libc.OpenReadOnly && (writes || operation == MapOperations.Take) =>
                Error(BpfErrorKind.InvalidArgument,
                    $"{name} is open for reading only: it was made so (BPF_F_RDONLY), or its pin may only be read.", OpenedAnew(map)),
            BpfErrno.EPERM or BpfErrno.EACCES when Access(fd) == Libc.OpenWriteOnly && (reads || operation == MapOperations.Delete) =>
                Error(BpfErrorKind.InvalidArgument, $"{name} is open for writing only: it was made so (BPF_F_WRONLY).", OpenedAnew(map)),
            BpfErrno.EPERM when (writes || operation == MapOperations.Take) && IsFrozen(fd) =>
                Error(BpfErrorKind.InvalidArgument, $"{name} is frozen: user space cannot change it any more.",
                    BpfRemedy.To(BpfAdvice.SetVariableAtStart)),
            BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP or BpfErrno.EINVAL when !MapKind.Of(map).Can(operation) =>
                Unsupported(map, operation, -result),
            BpfErrno.EOPNOTSUPP when operation == MapOperations.Update && MapKind.Of(map).Can(operation) =>
                Error(BpfErrorKind.InvalidArgument, $"{name} does not take such a value ({ErrnoText.Describe(-result)}).", Wanted(map)),
            BpfErrno.EINVAL when operation == MapOperations.Update && Wanted(map) is { } wanted =>
                Error(BpfErrorKind.InvalidArgument, $"{name} does not take such a value ({ErrnoText.Describe(-result)}).", wanted),
            BpfErrno.ENOSPC when operation == MapOperations.Lookup && map.Type is "sockmap" or "sockhash" =>
                Error(BpfErrorKind.NotSupported,
                    $"{name} has values of {map.ValueSize} bytes, and the kernel shows sockets (their cookies) in those of 8 only.",
                    "Whoever makes the map can give its values 8 bytes."),
            BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP => Unsupported(map, operation, -result),
            BpfErrno.EEXIST =>
                Error(BpfErrorKind.AlreadyExists, $"{name} has an entry of that key already.", "Leave -NoExist out to replace it."),
            BpfErrno.ENOENT => Error(BpfErrorKind.NotFound, $"{name} has no entry of that key.", null),
            BpfErrno.EINVAL when operation == MapOperations.Delete && map.Type.Contains("array", StringComparison.Ordinal) =>
                Unsupported(map, operation, -result),
            _ => Errors.FromErrno(-result, $"{Verb(operation)} map '{VisibleText.Escape(map.Name)}'"),
        };

        BpfException Error(BpfErrorKind kind, string message, BpfRemedy? remedy) => new(kind, message, remedy, (int)errno);
    }

    /// <summary>The error for what a type of map cannot do.</summary>
    public static BpfException Unsupported(BpfMap map, MapOperations operation, int errno = 0)
    {
        var kind = MapKind.Of(map);
        var what = operation switch
        {
            MapOperations.Update => "be written to from user space",
            MapOperations.Delete => kind.Name.Contains("array", StringComparison.Ordinal) ? "lose entries: every index is always there"
                : "lose entries from user space",
            MapOperations.Take => "give an entry and delete it in one step",
            MapOperations.List => "list their entries",
            _ => "be read from user space",
        };
        return new BpfException(BpfErrorKind.NotSupported,
            $"Maps of type {map.Type} cannot {what} ('{VisibleText.Escape(map.Name)}'{(errno == 0 ? "" : $": {ErrnoText.Describe(errno)}")}).",
            operation switch
            {
                MapOperations.List when kind.Owner is not null => $"Name whose entry is meant with -Key: {kind.Owner}.",
                MapOperations.Lookup or MapOperations.List => kind.Hidden ?? kind.NoEntries,
                MapOperations.Delete when kind.IsKeyless => BpfRemedy.To(BpfAdvice.TakeEntries),
                MapOperations.Delete => BpfRemedy.To(BpfAdvice.ZeroEntries),
                _ => null,
            }, errno);
    }

    /// <summary>Whether bpf_map_freeze was called on a map.</summary>
    public static bool IsFrozen(FileDescriptor fd) => About(fd, "frozen:") == "1";

    // The flags hold for the descriptor that made the map, and the kernel does not tell them of the map itself.
    private static int Access(FileDescriptor fd) => Convert.ToInt32(About(fd, "flags:") ?? "2", 8) & Libc.OpenAccessMask;

    private static BpfRemedy OpenedAnew(BpfMap map) => BpfRemedy.To(BpfAdvice.OpenMapById, map.Id.ToString(CultureInfo.InvariantCulture));

    private static string? About(FileDescriptor fd, string label) =>
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{fd.Number}"))
            .FirstOrDefault(line => line.StartsWith(label, StringComparison.Ordinal))?[label.Length..].Trim();

    /// <summary>What the values of maps of kernel objects have to be; null for others.</summary>
    private static string? Wanted(BpfMap map) => map.Type switch
    {
        "array_of_maps" or "hash_of_maps" =>
            "A map that is put in must be like the one that this was made with: the same type, sizes and flags.",
        "prog_array" => "All programs in it must be of one type, and of that of the program that uses it.",
        "xskmap" => "It takes AF_XDP sockets that are bound to the interface and queue of their index.",
        "sockmap" or "sockhash" => "It takes TCP sockets that are connected or listen, and UDP and Unix sockets.",
        "reuseport_sockarray" => "It takes bound sockets with SO_REUSEPORT, each one in one such map only.",
        "perf_event_array" => "It takes perf events, and other maps of this type.",
        _ => null,
    };

    private static string Verb(MapOperations operation) => operation switch
    {
        MapOperations.Update => "Writing to",
        MapOperations.Delete => "Deleting from",
        MapOperations.Take => "Taking from",
        _ => "Reading",
    };
}
