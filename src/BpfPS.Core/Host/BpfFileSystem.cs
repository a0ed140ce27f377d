using System.Runtime.InteropServices;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS;

/// <summary>The file systems that BPF needs: bpffs for pins, tracefs for tracepoints.</summary>
// unsafe: statfs writes into a local struct of its own layout.
public static unsafe class BpfFileSystem
{
    /// <summary>The standard mount point of bpffs.</summary>
    public const string Root = "/sys/fs/bpf";

    /// <summary>
    /// Options for listing everything below a directory. Directories that this user may not read are skipped, and so are symbolic
    /// links: every user can create some in bpffs by default, and they must not lead out of it.
    /// </summary>
    internal static EnumerationOptions Everything { get; } = new()
    {
        RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint,
    };

    /// <summary>Options for listing a directory, which has no names for a user who may not read it.</summary>
    internal static EnumerationOptions Readable { get; } = new() { IgnoreInaccessible = true, AttributesToSkip = 0 };

    /// <summary>The mount points of all BPF file systems: the standard one, and others such as those of containers.</summary>
    public static IReadOnlyList<string> Mounts => MountTable.PlacesOf("bpf");

    private static readonly string[] s_tracePlaces = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

    /// <summary>Where libbpf looks for tracefs.</summary>
    internal static IReadOnlyList<string> TracePlaces => s_tracePlaces;

    /// <summary>Whether bpffs is mounted at its standard mount point.</summary>
    public static bool IsMounted => MagicOf(Root) == Libc.BpfFileSystemMagic;

    /// <summary>Whether tracefs is mounted where libbpf looks for it.</summary>
    public static bool IsTraceMounted => s_tracePlaces.Any(place => MagicOf(place) == Libc.TraceFileSystemMagic);

    /// <summary>Whether tracefs is mounted at a place.</summary>
    internal static bool IsTrace(string place) => MagicOf(place) == Libc.TraceFileSystemMagic;

    /// <summary>Mounts bpffs at <see cref="Root"/>, unless it is already mounted.</summary>
    /// <exception cref="BpfException">It cannot be mounted.</exception>
    public static void Mount()
    {
        if (!IsMounted)
        {
            Mount("bpf", Root);
        }
    }

    /// <summary>Mounts tracefs at its standard mount point, unless it is already mounted.</summary>
    /// <exception cref="BpfException">It cannot be mounted.</exception>
    public static void MountTrace()
    {
        if (!IsTraceMounted)
        {
            Mount("tracefs", s_tracePlaces[0]);
        }
    }

    /// <summary>The absolute form of a pin's path, which must be in a bpffs. Neither ".." nor a symbolic link can lead out of it.</summary>
    /// <param name="path">A path; a relative one starts at <see cref="Root"/>.</param>
    /// <exception cref="BpfException">The path is not in a bpffs, or has a name that bpffs does not allow.</exception>
    public static string ResolvePin(string path)
    {
        if (path.Contains('\0'))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, "A path cannot contain a NUL character.",
                $"Specify a path below {Root}, such as {Root}/my-tool.");
        }
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, Root));
        var parent = full;
        while (!Path.Exists(parent) && Path.GetDirectoryName(parent) is { } above)
        {
            parent = above;
        }
        if (MagicOf(parent) != Libc.BpfFileSystemMagic || full == Root)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(path)}' is not a valid path for a pin. Pins must be in a BPF file system, below {Root}.",
                IsMounted
                    ? $"Specify a path below {Root}, such as {Root}/my-tool."
                    : $"No BPF file system is mounted at {Root}. Run 'mount -t bpf bpf {Root}', or start a program with a pin, "
                        + "which mounts it.");
        }
        if (full[parent.Length..].Contains('.'))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(path)}' cannot be created: the BPF file system does not allow dots in names.",
                "Use '-' or '_' instead.");
        }
        return full;
    }

    /// <summary>
    /// Whether the BPF file system of a pin is mounted only in this process's own mount namespace, as under unshare(1) or in a service
    /// with PrivateMounts: other processes do not see its pins, and they end with the namespace.
    /// </summary>
    /// <param name="path">An absolute path in bpffs.</param>
    internal static bool IsPrivate(string path) => MountTable.DeviceOf(path) is { } device && MountTable.IsPrivate(device);

    internal static long MagicOf(string path)
    {
        FileSystemStatus status;
        return Libc.statfs(path, &status) == 0 ? status.Type & 0xffffffff : 0;
    }

    private static void Mount(string type, string place)
    {
        if (Libc.mount(type, place, type, 0, 0) != 0)
        {
            var (errno, operation) = (Marshal.GetLastPInvokeError(), $"Mounting {type} at {place}");
            throw (BpfErrno)errno is BpfErrno.EPERM or BpfErrno.EACCES ? Privileges.DeniedElsewhere(operation, errno, Capability.SysAdmin)
                : Errors.FromErrno(errno, operation);
        }
    }
}
