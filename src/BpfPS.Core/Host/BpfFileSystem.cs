using System.Runtime.InteropServices;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS;

/// <summary>The mounts that BPF needs: bpffs for pins, tracefs for tracepoints.</summary>
// unsafe: statfs writes into a local struct of its own layout.
public static unsafe class BpfFileSystem
{
    /// <summary>Where bpffs is by convention.</summary>
    public const string Root = "/sys/fs/bpf";

    /// <summary>
    /// How to list all below a directory: what this user may not look into is left out, and so are links. bpffs is open to
    /// every user by default, and a link of somebody's must lead nowhere.
    /// </summary>
    internal static EnumerationOptions Everything { get; } = new() { RecurseSubdirectories = true, IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Where BPF file systems are mounted: the conventional place, and those of containers and of others.</summary>
    public static IReadOnlyList<string> Mounts => MountTable.PlacesOf("bpf");

    private static readonly string[] s_tracePlaces = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

    /// <summary>Whether bpffs is mounted at its conventional place.</summary>
    public static bool IsMounted => MagicOf(Root) == Libc.BpfFileSystemMagic;

    /// <summary>Whether tracefs can be reached where libbpf looks for it.</summary>
    public static bool IsTraceMounted => s_tracePlaces.Any(place => MagicOf(place) == Libc.TraceFileSystemMagic);

    /// <summary>Mounts bpffs at <see cref="Root"/>, unless it is there already.</summary>
    /// <exception cref="BpfException">The mount was refused.</exception>
    public static void Mount()
    {
        if (!IsMounted)
        {
            Mount("bpf", Root);
        }
    }

    /// <summary>Mounts tracefs at its conventional place, unless it is there already.</summary>
    /// <exception cref="BpfException">The mount was refused.</exception>
    public static void MountTrace()
    {
        if (!IsTraceMounted)
        {
            Mount("tracefs", s_tracePlaces[0]);
        }
    }

    /// <summary>The absolute form of a pin's path, which must lie in a bpffs. Neither ".." nor a link leads out of it.</summary>
    /// <param name="path">A path; a relative one counts from <see cref="Root"/>.</param>
    /// <exception cref="BpfException">It lies elsewhere, or has a name that bpffs does not allow.</exception>
    public static string ResolvePin(string path)
    {
        if (path.Contains('\0'))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, "A path cannot contain a NUL character.",
                $"Give a path below {Root}, such as {Root}/my-tool.");
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
                $"'{VisibleText.Escape(path)}' is not a place for pins: pins live in a BPF file system, below {Root}.",
                IsMounted ? $"Give a path below {Root}, such as {Root}/my-tool."
                    : $"No BPF file system is mounted at {Root}: starting a program with a pin mounts it; or run 'mount -t bpf bpf {Root}'.");
        }
        if (full[parent.Length..].Contains('.'))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(path)}' cannot be made: the BPF file system allows no dots in names.", "Use '-' or '_' instead.");
        }
        return full;
    }

    internal static long MagicOf(string path)
    {
        FileSystemStatus status;
        return Libc.statfs(path, &status) == 0 ? status.Type & 0xffffffff : 0;
    }

    private static void Mount(string type, string place)
    {
        if (Libc.mount(type, place, type, 0, 0) != 0)
        {
            throw Errors.FromErrno(Marshal.GetLastPInvokeError(), $"Mounting {type} at {place}");
        }
    }
}
