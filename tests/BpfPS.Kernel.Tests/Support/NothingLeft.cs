using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>
/// For each class of live tests: when it is done, no program, map, link or pin is in the kernel that was not there before.
/// What other processes hold or have pinned meanwhile is theirs.
/// </summary>
public sealed class NothingLeft : IDisposable
{
    private static readonly string[] s_kinds = ["prog", "map", "link"];
    private readonly HashSet<string>? _before;

    public NothingLeft()
    {
        if (Environment.IsPrivilegedProcess && Machine.Find("bpftool") is not null)
        {
            _before = Now();
        }
    }

    public void Dispose()
    {
        if (_before is null)
        {
            return;
        }
        var left = Leftovers(_before);
        Assert.True(left.Length == 0, $"still in the kernel: {string.Join(' ', left)}");
    }

    /// <summary>What is in the kernel now, to be handed to <see cref="Leftovers"/>.</summary>
    public static HashSet<string> Now() => [.. Everything().Keys, .. Pins()];

    /// <summary>What has come since and is nobody else's; the kernel frees things a little after they are closed.</summary>
    public static string[] Leftovers(HashSet<string> before)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var all = Everything();
            var foreign = Foreign(all);
            var left = all.Where(entry => !before.Contains(entry.Key) && !foreign.Contains(entry.Key))
                .Select(entry => entry.Value.GetRawText())
                .Concat(Pins().Where(pin => !before.Contains(pin))).ToArray();
            if (left.Length == 0 || watch.Elapsed > TimeSpan.FromSeconds(20))
            {
                return left;
            }
            Thread.Sleep(50);
        }
    }

    private static IEnumerable<string> Pins() => !Directory.Exists(BpfFileSystem.Root) ? []
        : Directory.EnumerateDirectories(BpfFileSystem.Root, $"{PinDirectory.Prefix}*")
            .SelectMany(directory => Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories).Append(directory));

    // Not the prog_arrays: the kernel keeps one for ever that is opened by its id, as bpftool opens it to list it, between the
    // closing of its last descriptor and the work that clears it (kernel/bpf/arraymap.c, prog_array_map_clear: each closing
    // takes a reference, and work that is queued already gives back one only).
    private static Dictionary<string, JsonElement> Everything() => s_kinds
        .SelectMany(kind => Bpftool.List(kind).Where(entry => entry.Value.GetProperty("type").ToString() != "prog_array")
            .Select(entry => ($"{kind}_id:{entry.Key}", entry.Value))).ToDictionary();

    private static HashSet<string> Foreign(Dictionary<string, JsonElement> all)
    {
        var foreign = new HashSet<string>();
        foreach (var directory in Directory.EnumerateDirectories("/proc")
            .Where(path => int.TryParse(Path.GetFileName(path), out var pid) && pid != Environment.ProcessId))
        {
            try
            {
                foreach (var line in Directory.EnumerateFiles($"{directory}/fdinfo").SelectMany(File.ReadLines)
                    .Where(line => line.Contains("_id:", StringComparison.Ordinal)))
                {
                    foreign.Add(line.Replace("\t", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // the process has ended
            }
        }
        foreach (var (id, entry) in all)
        {
            if (entry.TryGetProperty("pinned", out var pins)
                && pins.EnumerateArray().Any(pin => !pin.GetString()!.Contains(PinDirectory.Prefix, StringComparison.Ordinal)))
            {
                foreign.Add(id);
            }
        }
        // A link holds its program, and a program its maps.
        foreach (var (id, entry) in all.Where(entry => foreign.Contains(entry.Key)).ToArray())
        {
            if (entry.TryGetProperty("prog_id", out var program))
            {
                foreign.Add($"prog_id:{program.GetUInt32().ToString(CultureInfo.InvariantCulture)}");
            }
        }
        foreach (var entry in all.Where(entry => foreign.Contains(entry.Key)).ToArray())
        {
            if (entry.Value.TryGetProperty("map_ids", out var maps))
            {
                foreign.UnionWith(maps.EnumerateArray().Select(map => $"map_id:{map.GetUInt32().ToString(CultureInfo.InvariantCulture)}"));
            }
        }
        return foreign;
    }
}
