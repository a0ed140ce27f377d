using System.Globalization;
using BpfPS.Host;

namespace BpfPS.Proving;

/// <summary>A cgroup of a proof's own with a limit to its memory, of either version.</summary>
internal sealed class MemoryCgroup : IDisposable
{
    private const int Tries = 50;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly bool _isOld;

    /// <summary>Makes one.</summary>
    /// <param name="bytes">The most that its processes may have.</param>
    /// <exception cref="BpfException">The memory of cgroups cannot be limited here.</exception>
    public MemoryCgroup(long bytes)
    {
        var root = MountTable.PlacesOf("cgroup").FirstOrDefault(place => File.Exists(Path.Combine(place, "memory.limit_in_bytes")));
        _isOld = root is not null;
        Folder = Path.Combine(root ?? CgroupTree.Root ?? throw NotHere(),
            string.Create(CultureInfo.InvariantCulture, $"bpfps-test-{Environment.ProcessId}"));
        try
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(Path.Combine(Folder, _isOld ? "memory.limit_in_bytes" : "memory.max"),
                bytes.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw NotHere();
        }
    }

    /// <summary>Its directory.</summary>
    public string Folder { get; }

    /// <summary>The file into which a process writes its id to be in it.</summary>
    public string Processes => Path.Combine(Folder, "cgroup.procs");

    /// <summary>How often its processes asked for more than they may have.</summary>
    public long Refused()
    {
        var number = _isOld ? File.ReadAllText(Path.Combine(Folder, "memory.failcnt"))
            : File.ReadAllLines(Path.Combine(Folder, "memory.events")).First(line => line.StartsWith("max ", StringComparison.Ordinal));
        return long.Parse(number.Trim().Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    /// <summary>Removes it; its processes have ended.</summary>
    public void Dispose()
    {
        for (var i = 0; i < Tries && Directory.Exists(Folder); i++)
        {
            try
            {
                Directory.Delete(Folder);
                return;
            }
            catch (IOException)
            {
                Thread.Sleep(s_pause); // a process that has just ended is in it for a moment
            }
        }
    }

    private static BpfException NotHere() => ProofRun.NotHere("The memory of cgroups cannot be limited here.");
}
