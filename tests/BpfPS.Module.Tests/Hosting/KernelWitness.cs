using System.Diagnostics;
using System.Text.Json;

namespace BpfPS.Module.Tests.Hosting;

/// <summary>What the kernel holds, told by bpftool: the witness that knows nothing of our code.</summary>
internal sealed class KernelWitness
{
    // The kernel lets go of a program and its maps after it has said so.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly string[] s_kinds = ["prog", "map", "link"];
    private static readonly Lazy<string> s_requests = new(WriteRequests);

    private readonly HashSet<string> _before = Everything();

    /// <summary>The ids of the kernel's programs of that name.</summary>
    public static IReadOnlyList<uint> Programs(string name) => Named("prog", name);

    /// <summary>The ids of the kernel's maps of that name.</summary>
    public static IReadOnlyList<uint> Maps(string name) => Named("map", name);

    /// <summary>Whether the kernel has a program with that id.</summary>
    public static bool HasProgram(uint id) => Command.Run("bpftool", "prog", "show", "id", $"{id}").ExitCode == 0;

    /// <summary>Whether the kernel has a map with that id.</summary>
    public static bool HasMap(uint id) => Command.Run("bpftool", "map", "show", "id", $"{id}").ExitCode == 0;

    /// <summary>Whether the kernel has a link with that id.</summary>
    public static bool HasLink(uint id) => BpftoolJson.HasLink(id);

    /// <summary>Whether a link attaches the program with that id.</summary>
    public static bool IsAttached(uint id) =>
        BpftoolJson.Answer("link").EnumerateArray()
            .Any(link => link.TryGetProperty("prog_id", out var program) && program.GetUInt32() == id);

    /// <summary>What bpftool says of a map ("map"), program ("prog") or link ("link").</summary>
    public static JsonElement Shown(string kind, object id) => BpftoolJson.Answer(kind, "show", "id", $"{id}");

    /// <summary>
    /// A map's entries in the order of their keys, each as the bytes of key=value in hexadecimal; a value for each CPU has commas
    /// between them.
    /// </summary>
    public static IReadOnlyList<string> Entries(object map) =>
        BpftoolJson.Answer("map", "dump", "id", $"{map}").EnumerateArray().Where(entry => Value(entry) is not null)
            .Select(entry => $"{Bytes(entry.GetProperty("key"))}={Value(entry)}").Order(StringComparer.Ordinal).ToArray();

    /// <summary>The global variables of a program by name, from the map that holds a section of them.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Globals(object map, string section) =>
        BpftoolJson.Answer("map", "dump", "id", $"{map}")[0].GetProperty("formatted").GetProperty("value").GetProperty(section)
            .EnumerateArray().SelectMany(variable => variable.EnumerateObject())
                .ToDictionary(variable => variable.Name, variable => variable.Value);

    /// <summary>Sets an entry of a map as another program does.</summary>
    public static void Set(object map, string key, string value) =>
        Command.Output("bpftool", ["map", "update", "id", $"{map}", "key", "hex", .. Octets(key), "value", "hex", .. Octets(value)]);

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
        // What others make and drop meanwhile is new each time; what was left stays the same.
        for (var left = New.ToHashSet(); left.Count > 0; left.IntersectWith(New))
        {
            Assert.True(clock.Elapsed < s_patience, $"Still in the kernel: {string.Join(", ", left)}");
            Thread.Sleep(20);
        }
    }

    private static string Bytes(JsonElement octets) => string.Concat(octets.EnumerateArray().Select(octet => octet.GetString()![2..]));

    /// <summary>The value's bytes; null for an index with nothing in it, of which bpftool says an error.</summary>
    private static string? Value(JsonElement entry) =>
        entry.TryGetProperty("values", out var values)
            ? string.Join(',', values.EnumerateArray().Select(one => Bytes(one.GetProperty("value"))))
        : entry.GetProperty("value") is { ValueKind: JsonValueKind.Array } value ? Bytes(value) : null;

    private static IEnumerable<string> Octets(string hexadecimal) => hexadecimal.Chunk(2).Select(octet => new string(octet));

    private static HashSet<string> Everything() =>
        All().SelectMany(list => list.Value.Select(entry => $"{list.Key} {entry.Id} {entry.Name}")).ToHashSet();

    private static uint[] Named(string kind, string name) =>
        All()[kind].Where(entry => entry.Name == name).Select(entry => entry.Id).ToArray();

    private static Dictionary<string, (uint Id, string Name)[]> All()
    {
        const int most = 50;
        // bpftool fails when what it lists goes away under its hands, or is just being made: somebody else's, then.
        for (var attempt = 0; ; attempt++)
        {
            var (exitCode, output, error) = Command.Run("bpftool", "-j", "batch", "file", s_requests.Value);
            try
            {
                var lists = JsonDocument.Parse(output).RootElement.EnumerateArray().ToArray();
                if (exitCode == 0 && lists.Length == s_kinds.Length)
                {
                    return s_kinds.Zip(lists, (kind, list) =>
                        (kind, list.GetProperty("output").EnumerateArray().Where(IsCounted).Select(entry =>
                        (entry.GetProperty("id").GetUInt32(), entry.TryGetProperty("name", out var name) ? name.GetString() ?? "" : ""))
                            .ToArray())).ToDictionary();
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException && attempt < most)
            {
                continue;
            }
            Assert.True(attempt < most, $"bpftool cannot list what there is: {error}{output}");
        }
    }

    // Not the prog_arrays: the kernel keeps one for ever that is opened by its id, as bpftool opens it to list it, between the
    // closing of its last descriptor and the work that clears it (kernel/bpf/arraymap.c, prog_array_map_clear).
    private static bool IsCounted(JsonElement entry) => !entry.TryGetProperty("type", out var type) || type.ToString() != "prog_array";

    private static string WriteRequests()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "bpftool-requests");
        File.WriteAllLines(path, s_kinds.Select(kind => $"{kind} list"));
        return path;
    }

    /// <summary>What processes other than this one hold open: other tests may run on the same kernel.</summary>
    private static HashSet<string> HeldByOthers()
    {
        var held = new HashSet<string>();
        var names = All().ToDictionary(list => list.Key, list => list.Value.ToLookup(entry => entry.Id, entry => entry.Name));
        foreach (var directory in Directory.EnumerateDirectories("/proc")
            .Where(path => int.TryParse(Path.GetFileName(path), out var pid) && pid != Environment.ProcessId))
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
