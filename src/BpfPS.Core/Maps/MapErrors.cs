using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>Errors for reading and writing map entries, from the kernel's errno.</summary>
internal static class MapErrors
{
    /// <summary>The error for a failed call on a map.</summary>
    /// <param name="result">The result of the call: a negative errno.</param>
    /// <param name="map">The map.</param>
    /// <param name="fd">Its descriptor.</param>
    /// <param name="operation">The operation that failed.</param>
    public static BpfException From(int result, BpfMap map, FileDescriptor fd, MapOperations operation)
    {
        var errno = (BpfErrno)(-result);
        var name = $"Map '{VisibleText.Escape(map.Name)}'";
        var writes = operation is MapOperations.Update or MapOperations.Delete;
        var reads = operation is not (MapOperations.Update or MapOperations.Delete);
        return errno switch
        {
            BpfErrno.E2BIG when MapKind.IsIndexed(map) =>
                Error(BpfErrorKind.InvalidArgument, $"{name} only has the indexes 0 to {map.MaxEntries - 1}.", null),
            BpfErrno.E2BIG or BpfErrno.ENOSPC when operation == MapOperations.Update =>
                Error(BpfErrorKind.OperationFailed,
                    $"{name} is full: it holds at most {map.MaxEntries.ToString(CultureInfo.InvariantCulture)} entries.",
                    BpfRemedy.To(BpfAdvice.RemoveEntries)),
            BpfErrno.EPERM or BpfErrno.EACCES when Access(fd) == Libc.OpenReadOnly && (writes || operation == MapOperations.Take) =>
                Error(BpfErrorKind.InvalidArgument,
                    $"{name} is open for reading only: it was created with BPF_F_RDONLY, or its pin is read-only.", OpenedAnew(map)),
            BpfErrno.EPERM or BpfErrno.EACCES when Access(fd) == Libc.OpenWriteOnly && (reads || operation == MapOperations.Delete) =>
                Error(BpfErrorKind.InvalidArgument, $"{name} is open for writing only: it was created with BPF_F_WRONLY.", OpenedAnew(map)),
            BpfErrno.EPERM when (writes || operation == MapOperations.Take) && IsFrozen(fd) =>
                Error(BpfErrorKind.InvalidArgument, $"{name} is frozen: user space can no longer change it.",
                    map.IsInternal ? BpfRemedy.To(BpfAdvice.SetVariableAtStart) : "Freezing cannot be undone. Create another map instead."),
            BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP or BpfErrno.EINVAL when !MapKind.Of(map).Can(operation) =>
                Unsupported(map, operation, -result),
            BpfErrno.EOPNOTSUPP when operation == MapOperations.Update && MapKind.Of(map).Can(operation) =>
                Error(BpfErrorKind.InvalidArgument, $"{name} does not accept this value ({ErrnoText.Describe(-result)}).", Wanted(map)),
            BpfErrno.EINVAL when operation == MapOperations.Update && Wanted(map) is { } wanted =>
                Error(BpfErrorKind.InvalidArgument, $"{name} does not accept this value ({ErrnoText.Describe(-result)}).", wanted),
            BpfErrno.ENOSPC when operation == MapOperations.Lookup && map.Type is "sockmap" or "sockhash" =>
                Error(BpfErrorKind.NotSupported,
                    $"{name} has values of {map.ValueSize} bytes, but the kernel only shows sockets (their cookies) in values of 8 bytes.",
                    "Create the map with values of 8 bytes."),
            BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP => Unsupported(map, operation, -result),
            BpfErrno.EEXIST =>
                Error(BpfErrorKind.AlreadyExists, $"{name} already has an entry with this key.",
                    BpfRemedy.With($"Remove {BpfOption.NoExist} to replace it.")),
            BpfErrno.ENOENT => Error(BpfErrorKind.NotFound, $"{name} has no entry with this key.", null),
            BpfErrno.EINVAL when operation == MapOperations.Delete && map.Type.Contains("array", StringComparison.Ordinal) =>
                Unsupported(map, operation, -result),
            _ => Errors.FromErrno(-result, $"{Verb(operation)} map '{VisibleText.Escape(map.Name)}'"),
        };

        BpfException Error(BpfErrorKind kind, string message, BpfRemedy? remedy) => new(kind, message, remedy, (int)errno);
    }

    /// <summary>The error for an operation that a map type does not support.</summary>
    public static BpfException Unsupported(BpfMap map, MapOperations operation, int errno = 0)
    {
        var kind = MapKind.Of(map);
        var what = operation switch
        {
            MapOperations.Update => "be written to from user space",
            MapOperations.Delete => kind.Name.Contains("array", StringComparison.Ordinal)
                ? "have entries deleted, because every index always exists"
                : "have entries deleted from user space",
            MapOperations.Take => "return and delete an entry in one step",
            MapOperations.List => "list their entries",
            _ => "be read from user space",
        };
        return new BpfException(BpfErrorKind.NotSupported,
            $"Map '{VisibleText.Escape(map.Name)}': maps of type {map.Type} cannot {what}"
                + (errno == 0 ? "." : $" ({ErrnoText.Describe(errno)})."),
            operation switch
            {
                MapOperations.List when kind.Owner is not null =>
                    BpfRemedy.With($"Specify the owner of an entry with {BpfOption.Key}: {kind.Owner}."),
                MapOperations.Lookup or MapOperations.List => kind.Hidden ?? kind.NoEntries,
                MapOperations.Delete when kind.IsKeyless => BpfRemedy.To(BpfAdvice.TakeEntries),
                MapOperations.Delete => BpfRemedy.To(BpfAdvice.ZeroEntries),
                _ => null,
            }, errno);
    }

    /// <summary>The error for a map that does not have an entry.</summary>
    /// <param name="map">The map.</param>
    /// <param name="key">The key as text.</param>
    public static BpfException NoEntry(BpfMap map, string key) =>
        new(BpfErrorKind.NotFound, $"Map '{VisibleText.Escape(map.Name)}' has no entry {key}.", BpfRemedy.To(BpfAdvice.ReadEntries),
            (int)BpfErrno.ENOENT);

    /// <summary>The error for a map that the kernel did not freeze.</summary>
    /// <param name="result">The result of the call: a negative errno.</param>
    /// <param name="map">The map.</param>
    public static BpfException NotFrozen(int result, BpfMap map) => (BpfErrno)(-result) switch
    {
        BpfErrno.EBUSY => new BpfException(BpfErrorKind.OperationFailed,
            $"Map '{VisibleText.Escape(map.Name)}' cannot be frozen: a process has it mapped into its memory to write to it, or is just "
                + $"writing to it ({ErrnoText.Describe(-result)}).",
            "Freeze it when that process has ended or has unmapped it. To see which processes have maps in their memory, run: "
                + "sudo grep -ls 'rw-s.*bpf-map' /proc/[0-9]*/maps", -result),
        _ => Errors.FromErrno(-result, $"Freezing map '{VisibleText.Escape(map.Name)}'"),
    };

    /// <summary>Whether bpf_map_freeze was called on a map.</summary>
    public static bool IsFrozen(FileDescriptor fd) => About(fd, "frozen:") == "1";

    // The read and write flags apply to the descriptor that created the map. The kernel does not report them for the map itself.
    private static int Access(FileDescriptor fd) => Convert.ToInt32(About(fd, "flags:") ?? "2", 8) & Libc.OpenAccessMask;

    private static BpfRemedy OpenedAnew(BpfMap map) => BpfRemedy.To(BpfAdvice.OpenMapById, map.Id.ToString(CultureInfo.InvariantCulture));

    private static string? About(FileDescriptor fd, string label) =>
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{fd.Number}"))
            .FirstOrDefault(line => line.StartsWith(label, StringComparison.Ordinal))?[label.Length..].Trim();

    /// <summary>The requirements for values in maps of kernel objects; null for other maps.</summary>
    private static string? Wanted(BpfMap map) => map.Type switch
    {
        "array_of_maps" or "hash_of_maps" =>
            "The inner map must have the same type, sizes and flags as the one that this map was created with.",
        "prog_array" => "All programs in the map must have the same type as the program that uses the map.",
        "xskmap" => "The map accepts AF_XDP sockets that are bound to the interface and queue of their index.",
        "sockmap" or "sockhash" => "The map accepts connected or listening TCP sockets, UDP sockets and Unix sockets.",
        "reuseport_sockarray" => "The map accepts bound sockets with SO_REUSEPORT. A socket can be in only one such map.",
        "perf_event_array" => "The map accepts perf events and other maps of this type.",
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
