using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Interrupted;

/// <summary>An import that does not come to its end leaves each type of map as it was, to the byte; bpftool tells it.</summary>
public sealed class ImportUndoTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly Guid _session = Guid.NewGuid();
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"bpfps-test-{Guid.NewGuid():N}.json");

    public void Dispose()
    {
        BpfSession.StopAll(_session);
        File.Delete(_file);
    }

    public static TheoryData<string, bool, bool> Types()
    {
        var all = new TheoryData<string, bool, bool>();
        foreach (var type in (string[])["hash", "lru_hash", "percpu_hash", "lru_percpu_hash", "array", "percpu_array", "lpm_trie", "devmap",
            "devmap_hash", "cpumap"])
        {
            foreach (var clear in (bool[])[false, true])
            {
                all.Add(type, clear, false);
                all.Add(type, clear, true);
            }
        }
        return all;
    }

    /// <summary>The map, and a small one after it, which is full for the file's entries, or before which the import is cancelled.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void A_map_of_each_type_gets_its_former_entries_back(string type, bool clear, bool isCancelled)
    {
        Live.Require();
        var map = Make("first", type, 8);
        var small = Make("second", "hash", 2);
        Set(map, type, 0, 1);
        Set(map, type, 1, 1);
        Set(small, "hash", 0, 1);
        Set(small, "hash", 1, 1);
        BpfMapFile.Export([map, small], _file);
        // One entry of the file is there with another value, one is not there where it can be absent, and one is there that is not in it.
        if (!type.Contains("array", StringComparison.Ordinal))
        {
            new BpfMapAccess(map).Remove(Key(type, 0));
        }
        Set(map, type, 1, 2);
        if (type != "cpumap") // its indexes are CPUs, of which there may be two
        {
            Set(map, type, 2, 2);
        }
        small.Clear();
        Set(small, "hash", 7, 1);
        var before = (Raw(map), Raw(small));
        using var import = new BpfMapImport(_session);
        using var stop = new CancellationTokenSource();
        var saved = BpfMapFile.Read(_file);
        import.Add(saved[0], map);
        import.Add(saved[1], small);
        // Without -Clear the two entries of the file do not fit beside the one that is there. With it they do.
        (BpfSavedMap Saved, BpfMap Map)[] targets = [.. import.Targets];

        if (isCancelled)
        {
            Assert.Empty(import.Restore(new Cancelling(targets, stop), clear, stop: stop.Token));
            Assert.Equal("All maps have their former entries again.", import.Undone);
        }
        else if (clear)
        {
            small.Freeze();
            Assert.Contains("All maps have their former entries again.",
                Assert.Throws<BpfException>(() => import.Restore(targets, clear)).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains("All maps have their former entries again.",
                Assert.Throws<BpfException>(() => import.Restore(targets, clear)).Message, StringComparison.Ordinal);
            Assert.Same(saved[1], import.Failed);
        }

        Assert.Equal(before, (Raw(map), Raw(small)));
    }

    private BpfMap Make(string name, string type, uint entries) => BpfMap.Create(new BpfMapDefinition
    {
        Name = name, Type = type, MaxEntries = entries, Session = _session,
        KeyType = type == "lpm_trie" ? "struct { u32 prefixlen; u8 data[4]; }"
            : type.EndsWith("hash", StringComparison.Ordinal) && type != "devmap_hash" ? "u32" : null,
        ValueType = type is "devmap" or "devmap_hash" or "cpumap" ? null : "u64",
    });

    private static object Key(string type, int index) => type == "lpm_trie"
        ? new Dictionary<string, object?> { ["prefixlen"] = 32, ["data"] = new byte[] { 10, 0, 0, (byte)index } } : index;

    private static void Set(BpfMap map, string type, int index, int value)
    {
        using var access = new BpfMapAccess(map);
        access.Set(Key(type, index), type switch
        {
            "devmap" or "devmap_hash" => "lo",
            "cpumap" => 64 * value,
            _ => value,
        });
    }

    private static string Raw(BpfMap map) => string.Join('\n', Bpftool.Json("map", "dump", "id", Bpftool.Text(map.Id)).EnumerateArray()
        .Select(entry => entry.ToString()).Order(StringComparer.Ordinal));

    /// <summary>The targets of an import that is cancelled when it comes to the second of them.</summary>
    private sealed class Cancelling((BpfSavedMap Saved, BpfMap Map)[] targets, CancellationTokenSource stop)
        : IReadOnlyList<(BpfSavedMap Saved, BpfMap Map)>
    {
        public (BpfSavedMap Saved, BpfMap Map) this[int index] => targets[index];

        public int Count => targets.Length;

        public IEnumerator<(BpfSavedMap Saved, BpfMap Map)> GetEnumerator()
        {
            yield return targets[0];
            stop.Cancel();
            yield return targets[1];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
