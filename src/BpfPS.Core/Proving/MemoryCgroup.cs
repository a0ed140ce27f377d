using System.Globalization;
using BpfPS.Host;

namespace BpfPS.Proving;

/// <summary>A cgroup of a proof's own, below the root, with a limit to its memory, in whichever hierarchy counts memory here.</summary>
internal sealed class MemoryCgroup : IDisposable
{
    private const string Passed = "cgroup.subtree_control"; // the controllers that the cgroups below have

    private static readonly string[] s_refusals = ["memory.failcnt", "memory.memsw.failcnt"];
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly bool _isOld;
    private readonly string? _taken; // where the controller was not passed on before

    /// <summary>Makes one.</summary>
    /// <param name="bytes">The most that its processes may have.</param>
    /// <exception cref="BpfException">The memory of cgroups cannot be limited here.</exception>
    public MemoryCgroup(long bytes)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"bpfps-test-{Environment.ProcessId}");
        var limit = bytes.ToString(CultureInfo.InvariantCulture);
        var isNew = CgroupTree.Root is { } root && Has(root, "cgroup.controllers");
        var parent = isNew ? CgroupTree.Root!
            : MountTable.PlacesOf("cgroup").FirstOrDefault(place => File.Exists(Path.Combine(place, "memory.oom_control")))
                ?? throw NotHere();
        (_isOld, Folder) = (!isNew, Path.Combine(parent, name));
        try
        {
            Directory.CreateDirectory(Folder);
            if (_isOld)
            {
                Write("memory.limit_in_bytes", limit);
                Write("memory.memsw.limit_in_bytes", limit);
                return;
            }
            if (!Has(parent, Passed))
            {
                File.WriteAllText(Path.Combine(parent, Passed), "+memory");
                _taken = Path.Combine(parent, Passed);
            }
            Number = CgroupTree.Find(Folder).Id;
            Write("memory.max", limit);
            Write("memory.swap.max", "0");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw NotHere();
        }
    }

    /// <summary>Its directory.</summary>
    public string Folder { get; }

    /// <summary>Its number, if it is of the newer hierarchy, in which a process has one cgroup.</summary>
    public ulong? Number { get; }

    /// <summary>The file into which a process writes its id to be in it.</summary>
    public string Processes => Path.Combine(Folder, "cgroup.procs");

    /// <summary>How often its processes asked for more than they may have.</summary>
    public long Refused() => _isOld
        // With a limit for memory and swap together, that is the one that is met.
        ? s_refusals.Select(name => Path.Combine(Folder, name)).Where(File.Exists)
            .Sum(path => long.Parse(File.ReadAllText(path).Trim(), CultureInfo.InvariantCulture))
        : Count("memory.events", "max ");

    /// <summary>How often the kernel killed a process of it.</summary>
    public long Kills() => Count(_isOld ? "memory.oom_control" : "memory.events", "oom_kill ");

    /// <summary>Removes it; its processes have ended.</summary>
    public void Dispose()
    {
        // A process that was killed leaves its cgroup a little later than its parent is told.
        for (var end = DateTime.UtcNow + s_patience; Directory.Exists(Folder); Thread.Sleep(s_pause))
        {
            try
            {
                Directory.Delete(Folder);
            }
            catch (IOException) when (DateTime.UtcNow < end)
            {
            }
        }
        if (_taken is not null)
        {
            File.WriteAllText(_taken, "-memory");
        }
    }

    private long Count(string file, string name) => long.Parse(File.ReadLines(Path.Combine(Folder, file))
        .Single(line => line.StartsWith(name, StringComparison.Ordinal)).AsSpan(name.Length), CultureInfo.InvariantCulture);

    private static bool Has(string folder, string file) =>
        File.ReadAllText(Path.Combine(folder, file)).Split((char[]?)null).Contains("memory");

    // Kernels without swap do not have the files about it.
    private void Write(string file, string value)
    {
        var path = Path.Combine(Folder, file);
        if (File.Exists(path))
        {
            File.WriteAllText(path, value);
        }
    }

    private static BpfException NotHere() => ProofRun.NotHere("The memory of cgroups cannot be limited here.");
}
