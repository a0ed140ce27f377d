using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>A network namespace in which functions can be called.</summary>
/// <param name="Inode">Its inode, which identifies it.</param>
/// <param name="Name">Its name in /run/netns, or a process in it; null for the namespace of this process.</param>
/// <param name="Path">A file that refers to it.</param>
internal sealed record NetworkNamespace(uint Inode, string? Name, string Path)
{
    private const string NamedPlace = "/run/netns";

    /// <summary>The namespace of this process.</summary>
    public static NetworkNamespace Own() => new(InodeOf("/proc/self/ns/net") ?? 0, null, "/proc/self/ns/net");

    /// <summary>Lists all accessible namespaces that have a name or a process, starting with that of this process.</summary>
    public static IReadOnlyList<NetworkNamespace> All()
    {
        var own = Own();
        var found = new Dictionary<uint, NetworkNamespace> { [own.Inode] = own };
        foreach (var path in Directory.Exists(NamedPlace) ? Directory.GetFiles(NamedPlace, "*", BpfFileSystem.Readable) : [])
        {
            if (FileOwner.StatusOf(path) is { Inode: not 0 } file)
            {
                found.TryAdd((uint)file.Inode, new NetworkNamespace((uint)file.Inode, System.IO.Path.GetFileName(path), path));
            }
        }
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            var path = $"{directory}/ns/net";
            if (int.TryParse(System.IO.Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && InodeOf(path) is { } inode && !found.ContainsKey(inode))
            {
                found.Add(inode, new NetworkNamespace(inode, new BpfHolder(pid, CommandOf(directory)).ToString(), path));
            }
        }
        return [.. found.Values];
    }

    /// <summary>Calls a function in this namespace.</summary>
    /// <exception cref="BpfException">The namespace no longer exists, or the user lacks permission to enter it.</exception>
    public T Run<T>(Func<T> call)
    {
        if (Name is null)
        {
            return call();
        }
        // Use a new thread that ends with the call. A thread left in another namespace would affect the next code that runs on it.
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = call();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        }) { IsBackground = true };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    private void Enter()
    {
        var operation = $"Entering network namespace '{VisibleText.Escape(Name)}'";
        using var file = new FileDescriptor(Libc.open(Path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec));
        if (file.IsInvalid)
        {
            throw FileAccessRights.Error(Marshal.GetLastPInvokeError(), operation, Path, FileUse.Read);
        }
        if (Libc.setns(file.Number, Libc.NetworkNamespaceType) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            throw (BpfErrno)errno == BpfErrno.EPERM ? Privileges.DeniedElsewhere(operation, errno, Capability.SysAdmin)
                : Errors.FromErrno(errno, operation);
        }
        // The process id may have been reused in the meantime.
        if (InodeOf("/proc/thread-self/ns/net") != Inode)
        {
            throw new BpfException(BpfErrorKind.Vanished, $"{operation}: it no longer exists.", BpfRemedy.To(BpfAdvice.ListLinks));
        }
    }

    // The symbolic link contains "net:[4026531840]".
    private static uint? InodeOf(string path)
    {
        try
        {
            return uint.TryParse(new FileInfo(path).LinkTarget?.Split('[', ']').ElementAtOrDefault(1), NumberStyles.None,
                CultureInfo.InvariantCulture, out var inode) ? inode : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string CommandOf(string directory)
    {
        try
        {
            return File.ReadAllText($"{directory}/comm").TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
