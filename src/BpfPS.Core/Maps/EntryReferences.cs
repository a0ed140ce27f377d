using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Translates the numbers in maps of kernel objects in both directions: the kernel returns an id or an index, and expects a
/// descriptor. Public only because decoders generated at run time call the readers; not for general use.
/// </summary>
// unsafe: each method reads the 4 or 8 bytes that its shape states, within a record of that shape.
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class EntryReferences
{
    /// <summary>The map with an id; null if it no longer exists.</summary>
    /// <param name="data">The id's address.</param>
    public static BpfMap? MapById(nint data) => Find(data, BpfMap.FromId);

    /// <summary>The program with an id; null if there is none or it no longer exists.</summary>
    /// <param name="data">The id's address.</param>
    public static BpfProgram? ProgramById(nint data) => Find(data, BpfProgram.FromId);

    /// <summary>The name of a network interface; its index in digits if this network namespace has no interface with that index.</summary>
    /// <param name="data">The index's address.</param>
    public static string InterfaceByIndex(nint data)
    {
        var index = Unsafe.ReadUnaligned<uint>((void*)data);
        var name = stackalloc byte[Libc.InterfaceNameRoom];
        return Libc.if_indextoname(index, name) != 0 ? Marshal.PtrToStringUTF8((nint)name)! : index.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The process id of a pidfd.</summary>
    /// <param name="data">The descriptor's address.</param>
    public static int ProcessByDescriptor(nint data)
    {
        const string Label = "Pid:";
        var line = File.ReadLines($"/proc/self/fdinfo/{Unsafe.ReadUnaligned<int>((void*)data)}")
            .FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal));
        return line is not null && int.TryParse(line.AsSpan(Label.Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out var pid) ? pid : -1;
    }

    /// <summary>The path of an open file or directory.</summary>
    /// <param name="data">The descriptor's address.</param>
    public static string PathByDescriptor(nint data) =>
        new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Unsafe.ReadUnaligned<int>((void*)data)}")).LinkTarget
            ?? "";

    /// <summary>A socket's cookie, which 'ss -e' shows.</summary>
    /// <param name="data">Its address.</param>
    public static ulong SocketCookie(nint data) => Unsafe.ReadUnaligned<ulong>((void*)data);

    internal static ReferenceShape Map { get; } = Shape("a map (an object, a name, an id or a pin)", nameof(MapById), 4, (value, held) =>
        value switch
    {
        BpfMap map => map.OpenDescriptor(),
        _ when Id(value) is { } id => KernelObjects.OpenMap(id),
        BpfPin pin => BpfPin.OpenDescriptor(pin.Path, BpfPinKind.Map),
        _ => ByNameOrPin(Text(value), BpfPinKind.Map, BpfMap.List().Select(map => (map.Name, map.Id)), KernelObjects.OpenMap),
    });

    internal static ReferenceShape Program { get; } = Shape("a program (an object, a name, an id or a pin)", nameof(ProgramById), 4,
        (value, held) => value switch
    {
        BpfProgram program => KernelObjects.OpenProgram(program.Id),
        _ when Id(value) is { } id => KernelObjects.OpenProgram(id),
        BpfPin pin => BpfPin.OpenDescriptor(pin.Path, BpfPinKind.Program),
        _ => ByNameOrPin(Text(value), BpfPinKind.Program, BpfProgram.List().Select(program => (program.Name, program.Id)),
            KernelObjects.OpenProgram),
    });

    internal static ReferenceShape Interface { get; } = new("a network interface (its name or index)", Reader(nameof(InterfaceByIndex)),
        WriteInterface, 4);

    internal static ReferenceShape Process { get; } = Shape("a process id", nameof(ProcessByDescriptor), 4, (value, held) =>
        OpenProcess(Id(value) ?? throw Misfit(value, "a process id", BpfRemedy.To(BpfAdvice.ListProcesses))));

    internal static ReferenceShape Cgroup { get; } = Shape("a cgroup's path", nameof(PathByDescriptor), 4, (value, held) =>
        OpenCgroup(Text(value)));

    internal static ReferenceShape Inode { get; } = Shape("the path of a file", nameof(PathByDescriptor), 4, (value, held) =>
        OpenPath(Path.GetFullPath(Text(value)), Libc.OpenPath));

    internal static ReferenceShape Socket(uint size) =>
        Shape("a socket, as PID/FD", nameof(SocketCookie), size, (value, held) => OpenForeign(Text(value)));

    internal static ReferenceShape SocketOwner { get; } = Shape("a socket, as PID/FD", nameof(PathByDescriptor), 4, (value, held) =>
        OpenForeign(Text(value)));

    private delegate FileDescriptor Opener(object value, ICollection<IDisposable> held);

    private static ReferenceShape Shape(string what, string reader, uint size, Opener open) =>
        new(what, Reader(reader), (value, destination, held) =>
    {
        var fd = open(value, held);
        held.Add(fd);
        destination.Clear();
        BitConverter.TryWriteBytes(destination, fd.Number);
    }, size);

    /// <summary>
    /// Opens a map or program by a text: a pin if it contains a '/', otherwise a name. If nothing has that name, it may still be a
    /// pin in the root of bpffs.
    /// </summary>
    private static FileDescriptor ByNameOrPin(
        string text, BpfPinKind kind, IEnumerable<(string Name, uint Id)> all, Func<uint, FileDescriptor> open)
    {
        var noun = kind.ToString().ToLowerInvariant();
        uint[] named = text.Contains('/') ? [] : [.. from thing in all where BpfMap.IsNamed(text, thing.Name) select thing.Id];
        if (named is [var only])
        {
            return open(only);
        }
        if (named.Length > 1)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(text)}' is the name of {named.Length} {noun}s: ids {string.Join(", ", named)}.",
                "Specify one of them by its id.");
        }
        if (text.Contains('/') || System.IO.Path.Exists($"{BpfFileSystem.Root}/{text}"))
        {
            return BpfPin.OpenDescriptor(BpfFileSystem.ResolvePin(text), kind);
        }
        throw new BpfException(BpfErrorKind.NotFound, $"There is no {noun} named '{VisibleText.Escape(text)}' in the kernel.",
            BpfRemedy.To(kind == BpfPinKind.Map ? BpfAdvice.ListMaps : BpfAdvice.ListPrograms), (int)BpfErrno.ENOENT);
    }

    private static MethodInfo Reader(string name) => typeof(EntryReferences).GetMethod(name)!;

    private static T? Find<T>(nint data, Func<uint, T> fromId) where T : class
    {
        var id = Unsafe.ReadUnaligned<uint>((void*)data);
        try
        {
            return id == 0 ? null : fromId(id);
        }
        catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
        {
            return null;
        }
    }

    private static void WriteInterface(object value, Span<byte> destination, ICollection<IDisposable> held)
    {
        var index = Id(value) ?? Libc.if_nametoindex(Text(value));
        if (index == 0)
        {
            throw new BpfException(BpfErrorKind.NotFound,
                $"This network namespace has no interface '{VisibleText.Escape(Text(value))}'.",
                $"Its interfaces are: {string.Join(", ", InterfaceNames())}.", (int)BpfErrno.ENODEV);
        }
        BitConverter.TryWriteBytes(destination, index);
    }

    private static IEnumerable<string> InterfaceNames() => Directory.GetFileSystemEntries("/sys/class/net")
        .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private static FileDescriptor OpenProcess(uint pid)
    {
        var result = Libc.pidfd_open(Libc.PidfdOpen, (int)pid, 0);
        if (result < 0 && Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}")))
        {
            result = Libc.pidfd_open(Libc.PidfdOpen, (int)pid, Libc.PidfdThread); // not the main thread of its process
            if (result < 0 && Marshal.GetLastPInvokeError() == (int)BpfErrno.EINVAL)
            {
                throw new BpfException(BpfErrorKind.NotSupported,
                    string.Create(CultureInfo.InvariantCulture, $"{pid} is the id of a thread, and this kernel can only open processes."),
                    "Specify the process id. Thread ids require Linux 6.9 or later.", (int)BpfErrno.EINVAL);
            }
        }
        return Opened(result, string.Create(CultureInfo.InvariantCulture, $"Opening process {pid}"));
    }

    private static FileDescriptor OpenPath(string path, int flags) =>
        Libc.open(path, flags | Libc.OpenNonBlocking | Libc.OpenCloseOnExec) is var result and >= 0 ? new FileDescriptor(result)
            : throw FileAccessRights.Error(Marshal.GetLastPInvokeError(), $"Opening '{VisibleText.Escape(path)}'", path, FileUse.Read);

    /// <summary>Opens a cgroup by its path; a path from /proc/PID/cgroup starts at the mount point of cgroup2.</summary>
    /// <exception cref="BpfException">The cgroup does not exist.</exception>
    internal static FileDescriptor OpenCgroup(string path) => OpenPath(CgroupPath(path), Libc.OpenReadOnly);

    /// <summary>Takes a descriptor from another process, given as PID/FD.</summary>
    /// <exception cref="BpfException">The text is not in this form, or there is no such descriptor.</exception>
    internal static FileDescriptor OpenForeign(string text)
    {
        var parts = (text.StartsWith("socket:[", StringComparison.Ordinal) ? FindSocket(text) : text).Split('/');
        if (parts.Length != 2 || !uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var fd))
        {
            throw Misfit(text, "a descriptor of a process, as PID/FD",
                "'ls -l /proc/PID/fd' lists the descriptors of a process, and 'ss -tap' those of sockets.");
        }
        using var process = OpenProcess(pid);
        return Opened(Libc.pidfd_getfd(Libc.PidfdGetfd, process.Number, fd, 0), $"Taking descriptor {text}");
    }

    /// <summary>
    /// Finds a process's descriptor for a socket given by its inode, as in /proc/PID/fd and the entries of a sk_storage.
    /// </summary>
    private static string FindSocket(string link)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => Path.GetFileName(path).All(char.IsAsciiDigit)))
        {
            try
            {
                if (Directory.EnumerateFileSystemEntries($"{process}/fd")
                    .FirstOrDefault(fd => new FileInfo(fd).LinkTarget == link) is { } found)
                {
                    return $"{Path.GetFileName(process)}/{Path.GetFileName(found)}";
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // It has ended, or belongs to another user.
            }
        }
        throw new BpfException(BpfErrorKind.NotFound, $"No process has the socket {VisibleText.Escape(link)} open.",
            "'ss -tape' lists the sockets.", (int)BpfErrno.ENOENT);
    }

    private static FileDescriptor Opened(nint result, string operation) =>
        result >= 0 ? new FileDescriptor((int)result)
        : throw (Marshal.GetLastPInvokeError() is var errno && (BpfErrno)errno is BpfErrno.EPERM or BpfErrno.EACCES
            ? Privileges.DeniedElsewhere(operation, errno, Capability.SysPtrace) : Errors.FromErrno(errno, operation));

    /// <summary>The full path of a cgroup: a path from /proc/PID/cgroup starts at the mount point of cgroup2.</summary>
    internal static string CgroupPath(string path) =>
        CgroupTree.Root is { } root && !path.StartsWith(root, StringComparison.Ordinal) ? $"{root}/{path.TrimStart('/')}" : path;

    private static uint? Id(object value) =>
        value is string text ? uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null
        : value is IConvertible and not DateTime
            ? uint.TryParse(Text(value), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null
        : null;

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static BpfException Misfit(object value, string what, BpfRemedy remedy) =>
        new(BpfErrorKind.InvalidArgument, $"'{RecordText.Format(value)}' is not {what}.", remedy);
}
