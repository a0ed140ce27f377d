using System.Diagnostics;
using System.Text.Json;

namespace BpfPS.Module.Tests.Hosting;

/// <summary>What the kernel holds, told by bpftool: the witness that knows nothing of our code.</summary>
internal sealed class KernelWitness
{
    // The kernel lets go of a program and its maps after it has said so.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly string[] s_kinds = ["prog", "map", "link"];

    private readonly HashSet<string> _before = Everything();

    /// <summary>The ids of the kernel's programs of that name.</summary>
    public static IReadOnlyList<uint> Programs(string name) => Named("prog", name);

    /// <summary>The ids of the kernel's maps of that name.</summary>
    public static IReadOnlyList<uint> Maps(string name) => Named("map", name);

    /// <summary>Whether the kernel has a program with that id.</summary>
    public static bool HasProgram(uint id) => Command.Run("bpftool", "prog", "show", "id", $"{id}").ExitCode == 0;

    /// <summary>Whether the kernel has a map with that id.</summary>
    public static bool HasMap(uint id) => Command.Run("bpftool", "map", "show", "id", $"{id}").ExitCode == 0;

    /// <summary>The programs, maps and links that came since this witness was called and that no other process holds.</summary>
    public IReadOnlyCollection<string> New
    {
        get
        {
            var now = Everything();
            now.ExceptWith(_before);
            if (now.Count > 0)
            {
                now.ExceptWith(HeldByOthers());
            }
            return now;
        }
    }

    /// <summary>Fails the test when something stays.</summary>
    public void NothingIsLeft()
    {
        var clock = Stopwatch.StartNew();
        while (New is { Count: > 0 } left)
        {
            Assert.True(clock.Elapsed < s_patience, $"Still in the kernel: {string.Join(", ", left)}");
            Thread.Sleep(20);
        }
    }

    private static HashSet<string> Everything() =>
        s_kinds.SelectMany(kind => List(kind).Select(entry => $"{kind} {entry.Id} {entry.Name}")).ToHashSet();

    private static uint[] Named(string kind, string name) =>
        List(kind).Where(entry => entry.Name == name).Select(entry => entry.Id).ToArray();

    private static IEnumerable<(uint Id, string Name)> List(string kind)
    {
        // bpftool fails when what it lists goes away under its hands: somebody else's, then.
        for (var attempt = 0; ; attempt++)
        {
            var (exitCode, output, error) = Command.Run("bpftool", "-j", kind, "list");
            try
            {
                if (exitCode == 0)
                {
                    return JsonDocument.Parse(output).RootElement.EnumerateArray().Select(entry =>
                        (entry.GetProperty("id").GetUInt32(), entry.TryGetProperty("name", out var name) ? name.GetString() ?? "" : "")).ToArray();
                }
            }
            catch (JsonException) when (attempt < 10)
            {
                continue;
            }
            Assert.True(attempt < 10, $"bpftool {kind} list: {error}");
        }
    }

    /// <summary>What processes other than this one hold open: other tests may run on the same kernel.</summary>
    private static HashSet<string> HeldByOthers()
    {
        var held = new HashSet<string>();
        var names = s_kinds.ToDictionary(kind => kind, kind => List(kind).ToLookup(entry => entry.Id, entry => entry.Name));
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out var pid) && pid != Environment.ProcessId))
        {
            try
            {
                foreach (var file in Directory.EnumerateFiles($"{directory}/fdinfo"))
                {
                    foreach (var line in File.ReadLines(file))
                    {
                        var parts = line.Split(':');
                        if (parts[0] is "prog_id" or "map_id" or "link_id" && uint.TryParse(parts[1], out var id))
                        {
                            var kind = parts[0][..^3];
                            held.UnionWith(names[kind][id].Select(name => $"{kind} {id} {name}"));
                            if (kind == "prog")
                            {
                                held.UnionWith(MapsOf(id).SelectMany(map => names["map"][map].Select(name => $"map {map} {name}")));
                            }
                        }
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // the process has ended
            }
        }
        return held;
    }

    private static uint[] MapsOf(uint program)
    {
        var (exitCode, output, _) = Command.Run("bpftool", "-j", "prog", "show", "id", $"{program}");
        return exitCode == 0 && JsonDocument.Parse(output).RootElement.TryGetProperty("map_ids", out var maps)
            ? maps.EnumerateArray().Select(map => map.GetUInt32()).ToArray() : [];
    }
}
