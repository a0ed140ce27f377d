using System.Text;
using BpfPS.Stacks;

namespace BpfPS.Fuzzing.Targets;

/// <summary>What reads files that come from other machines and other processes.</summary>
internal static class FileTargets
{
    private static readonly Lazy<BpfMap[]> s_maps = new(MakeMaps);
    private static readonly char[] s_braces = ['{', '}'];

    /// <summary>Exports: Import-BpfMap into maps that are there. A map of the file is made now and then.</summary>
    public static FuzzTarget Exports { get; } = new("export", InputForm.Text, Import)
    {
        NightlyExecutions = 100_000, NeedsRoot = true,
        Words = ["0", "-1", "4294967295", "4294967296", "18446744073709551616", "1e999", "-0", "1.5", "null", "true", "\"\"", "\"\\ud800\"",
            "\"0x\"", "[]", "{}", "[[[[[[", "\"$bytes\":\"00\",", "\"key\":1,", "2147483648", "\"hash\"", "\"array\"", "\"lpm_trie\"",
            "\"percpu_hash\"", "\"u8[4000000000]\"", "\"struct { u64 a[100000]; }\"", "\"10.0.0.1\"", "\"02:00:00:00:00:01\"", "\"RED\"",
            "\"definition\":", "\"members\":[", "\"cpu0\":", "\0", "\u00e9", "99999999999999999999999999999999999999"],
    };

    /// <summary>Capture files: Invoke-BpfProgram -FilePath, without the run itself.</summary>
    public static FuzzTarget Captures { get; } = new("capture", InputForm.Bytes, ReadCapture)
    {
        NightlyExecutions = 100_000,
        Words = ["\u000a\u000d\u000d\u000a", "\u0001\0\0\0", "\u0006\0\0\0", "\u0003\0\0\0", "\u0002\0\0\0", "\u0009\0\u0001\0",
            "\u000e\0\u0008\0"],
    };

    /// <summary>Perf maps: the names that Get-BpfStack has for code compiled at run time.</summary>
    public static FuzzTarget PerfMaps { get; } = new("perf-map", InputForm.Text, ReadPerfMap)
    {
        NightlyExecutions = 50_000, LongestInput = 1024,
        Words = ["0x", "7f0000001000 40 ", "ffffffffffffffff 1 ", "0 0 ", "1 ffffffffffffffff ", "7f0000001000 ", "\r\n", "\n", " "],
    };

    /// <summary>Memory maps (/proc/PID/maps): the files that Get-BpfStack looks names up in.</summary>
    public static FuzzTarget MemoryMaps { get; } = new("memory-map", InputForm.Text, ReadMemoryMap)
    {
        NightlyExecutions = 50_000, LongestInput = 2048,
        Words = ["00400000-00401000 r--p 00000000 fe:00 10      /usr/bin/a\n", "r-xp ", "00001000 ", "00:00 0 ", "[vdso]\n", "[vsyscall]\n",
            "[heap]\n", " (deleted)\n", "/memfd:x", "\\012", "ffffffffffffffff", "ffffffffff600000-ffffffffff601000 --xp ", "0-1 "],
    };

    private static void Import(byte[] input)
    {
        var saved = BpfMapFile.Read(InputFile.Write(input));
        using (var import = new BpfMapImport(FuzzSession.Id))
        {
            foreach (var map in saved)
            {
                if (s_maps.Value.FirstOrDefault(target => target.Name == map.Name) is { } target)
                {
                    import.Add(map, target);
                }
            }
            import.Restore(import.Targets, clear: true);
            if (import.Targets.Count > 0)
            {
                ExportAgain([.. import.Targets.Select(target => target.Map)]);
            }
        }
        // By the content, so that an input always takes the same way.
        if (input.Length % 16 == 0 && saved.Count > 0)
        {
            using var import = new BpfMapImport(FuzzSession.Id);
            import.Add(saved[0], null);
        }
    }

    /// <summary>What has been imported can be exported, and that imported, and all is as before.</summary>
    private static void ExportAgain(BpfMap[] maps)
    {
        var before = Export(maps);
        try
        {
            using var import = new BpfMapImport(FuzzSession.Id);
            foreach (var (saved, map) in BpfMapFile.Read(InputFile.Write(Encoding.UTF8.GetBytes(before))).Zip(maps))
            {
                import.Add(saved, map);
            }
            import.Restore(import.Targets, clear: true);
        }
        catch (BpfException e)
        {
            throw new InvalidOperationException($"What was exported is refused: {e.Message} {before}", e);
        }
        var after = Export(maps);
        TextTargets.Require(Entries(before).SequenceEqual(Entries(after)), $"{before} became {after}");
    }

    private static string Export(BpfMap[] maps)
    {
        var path = InputFile.Write([]);
        BpfMapFile.Export(maps, path);
        return File.ReadAllText(path);
    }

    // A hash may have its entries in another order after they were written again.
    private static IEnumerable<string> Entries(string export) =>
        export.Split(s_braces, StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);

    /// <summary>The maps that the seeds of the corpus are exports of.</summary>
    private static BpfMap[] MakeMaps() =>
    [
        BpfMap.Create(new BpfMapDefinition { Name = "flow", Type = "hash", MaxEntries = 16, Session = FuzzSession.Id,
            KeyType = "struct { bpfps_ipv4_t source; bpfps_port_t port; u16 pad; }",
            ValueType = "struct { u64 packets; bpfps_mac_t mac; bool open; u8 flags; enum { RED, GREEN = 7 } colour; "
                + "union { u32 a; u8 b; }; }" }),
        BpfMap.Create(new BpfMapDefinition { Name = "cpus", Type = "percpu_array", MaxEntries = 2, ValueType = "s16",
            Session = FuzzSession.Id }),
        BpfMap.Create(new BpfMapDefinition { Name = "trie", Type = "lpm_trie", MaxEntries = 4, Flags = BpfMapFlags.NO_PREALLOC,
            KeyType = "struct { u32 prefixlen; bpfps_ipv4_t address; }", Session = FuzzSession.Id,
            ValueType = "struct { double d; float f; char name[8]; bpfps_ipv6_t six; bpfps_duration_t took; s64 n : 5; }" }),
    ];

    private static void ReadCapture(byte[] input)
    {
        using var stream = new MemoryStream(input, writable: false);
        foreach (var packet in PacketFile.Read(stream, "input"))
        {
            _ = packet.ToString();
        }
    }

    private static void ReadPerfMap(byte[] input)
    {
        var map = PerfMap.Parse(input);
        foreach (var address in (ulong[])[0, 1, 0x7f0000000fff, 0x7f0000001000, 0x7f0000001020, 0x7f0000002000, ulong.MaxValue])
        {
            var found = map.TryFind(address, out var name, out var start);
            TextTargets.Require(!found || name.Length <= 1024 && start <= address, $"{address:x} is in '{name}' at {start:x}");
        }
    }

    private static void ReadMemoryMap(byte[] input)
    {
        var map = MemoryMap.Parse(input);
        foreach (var address in (ulong[])[0, 1, 0x400fff, 0x401234, 0x7f0000000234, 0x7f0000030010, 0x7fff00001000, ulong.MaxValue])
        {
            if (map.Find(address) is { } region)
            {
                TextTargets.Require(region.Start <= address && address < region.End, $"{address:x} is in {region}");
                map.InWholeFile(region, address);
                _ = (region.IsAnonymous, region.IsFile, region.IsDeleted, region.IsVdso, region.IsVsyscall);
            }
        }
        TextTargets.Require(map.Files.All(file => file.Start < file.End), "a file ends before it starts");
    }
}
