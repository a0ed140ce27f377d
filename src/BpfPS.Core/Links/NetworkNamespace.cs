using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>A network namespace, and how to do something in it.</summary>
/// <param name="Inode">Its inode, which is its identity.</param>
/// <param name="Name">Its name in /run/netns, or a process that is in it; null for the one that this process is in.</param>
/// <param name="Path">A file that stands for it.</param>
internal sealed record NetworkNamespace(uint Inode, string? Name, string Path)
{
    private const string NamedPlace = "/run/netns";

    /// <summary>The one that this process is in.</summary>
    public static NetworkNamespace Own() => new(InodeOf("/proc/self/ns/net") ?? 0, null, "/proc/self/ns/net");

    /// <summary>Every one that has a name or a process in it and that this user may look into, this process's own first.</summary>
    public static IReadOnlyList<NetworkNamespace> All()
    {
        var own = Own();
        var found = new Dictionary<uint, NetworkNamespace> { [own.Inode] = own };
        foreach (var path in Directory.Exists(NamedPlace) ? Directory.GetFiles(NamedPlace) : [])
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
    /// <exception cref="BpfException">The namespace has gone, or the user may not enter it.</exception>
    public T Run<T>(Func<T> call)
    {
        if (Name is null)
        {
            return call();
        }
        // A thread of its own, which ends with the call: one that came back from another namespace would be a trap for whoever
        // uses it next.
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
        using var file = new FileDescriptor(Libc.open(Path, Libc.OpenReadOnly | Libc.OpenCloseOnExec));
        if (file.IsInvalid || Libc.setns(file.Number, Libc.NetworkNamespaceType) != 0)
        {
            throw Errors.FromErrno(Marshal.GetLastPInvokeError(), operation);
        }
        // A process's id may have been used again since it was found.
        if (InodeOf("/proc/thread-self/ns/net") != Inode)
        {
            throw new BpfException(BpfErrorKind.Vanished, $"{operation}: it has gone.", BpfRemedy.To(BpfAdvice.ListLinks));
        }
    }

    // The link reads "net:[4026531840]".
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
