using System.Text.Json;
using BpfPS.Kernel.Tests.Compilation;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Interrupted;

/// <summary>
/// Processes that are killed at any moment of what they do. What stays is whole, or is what the next one completes or clears; and after
/// that there is nothing that nobody asked for.
/// </summary>
public sealed class KilledTests : IClassFixture<NothingLeft>, IDisposable
{
    private const int Entries = 3000;
    private const int KillsOfEach = 38; // of five things; with those of the compiler, which takes the longest, 204
    private const int KillsOfCompiler = 14;

    private readonly CompileDirectory _files = new();
    private readonly PinDirectory _pins = new PinDirectory().Make();
    private readonly Guid _session = Guid.NewGuid();
    private readonly Random _random = new(20);

    public void Dispose()
    {
        BpfSession.StopAll(_session);
        _pins.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void A_killed_start_leaves_nothing_or_a_set_that_is_listed_and_stopped()
    {
        CompileDirectory.Require();
        var (sets, halves) = (0, 0);
        // As if one had been killed between its two pins, and one between the directory and the first: these moments are short.
        Started(_pins["between"]).Dispose();
        File.Delete(_pins["between/link_burst"]);
        Directory.CreateDirectory(_pins["empty"]);
        Check();
        Assert.Equal((2, 2), (sets, halves));
        KillMany(nameof(Victim.Start), Check);
        Assert.True(sets > 2, "No process was killed between its start and its stop.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{sets} sets, {halves} of them half made");

        void Check()
        {
            foreach (var set in Directory.GetDirectories(_pins.Path))
            {
                var listed = BpfPin.List(set).Select(pin => pin.Path).ToArray();
                Assert.Equal(Directory.GetFiles(set).Order(StringComparer.Ordinal), listed);
                halves += listed.Length < 2 ? 1 : 0;
                sets++;
                // The next start at this place is refused and says what to do, or completes a directory in which nothing is yet.
                if (listed.Length > 0)
                {
                    Assert.Equal(BpfAdvice.RemovePinDirectory, Assert.Throws<BpfException>(() => Started(set)).Advised!.Advice);
                }
                else
                {
                    Started(set).Dispose();
                }
                BpfPin.Remove(set);
            }
            Assert.Empty(Directory.GetFileSystemEntries(_pins.Path));
        }
    }

    [Fact]
    public void A_killed_replacement_of_a_pin_leaves_a_pin_and_the_next_one_clears_the_rest()
    {
        CompileDirectory.Require();
        var map = Filled("map");
        map.Pin(_pins["map"]);
        map.Pin(_pins["again"]);
        // As if one had been killed in the very moment.
        map.Pin(_pins["bpfps_new_0123456789abcdef0123456789abcdef"]);
        KillMany(nameof(Victim.Pin), () =>
        {
            Assert.Equal(map.Id, Bpftool.Json("map", "show", "pinned", _pins["again"]).GetProperty("id").GetUInt32());
            map.Pin(_pins["again"], force: true);
            Assert.Equal(["again", "map"], Directory.GetFiles(_pins.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public void A_killed_stop_leaves_a_set_that_the_next_one_removes()
    {
        CompileDirectory.Require();
        var number = 0;
        StartMany();
        KillMany(nameof(Victim.Stop), () =>
        {
            foreach (var set in Directory.GetDirectories(_pins.Path))
            {
                if (Directory.GetFiles(set) is not [_, _])
                {
                    BpfPin.Remove(set);
                    Assert.False(Directory.Exists(set));
                }
            }
            StartMany();
        });
        foreach (var set in Directory.GetDirectories(_pins.Path))
        {
            BpfPin.Remove(set);
        }
        Assert.Empty(Directory.GetFileSystemEntries(_pins.Path));

        void StartMany()
        {
            while (Directory.GetDirectories(_pins.Path).Length < 6)
            {
                Started(_pins[$"set{number++}"]).Dispose();
            }
        }
    }

    [Fact]
    public void A_killed_export_leaves_the_whole_file_or_none()
    {
        CompileDirectory.Require();
        var map = Filled("map");
        map.Pin(_pins["map"]);
        var file = $"{_files.Path}/map.json";
        KillMany(nameof(Victim.Export), () =>
        {
            if (File.Exists(file))
            {
                using var json = JsonDocument.Parse(File.ReadAllText(file));
                Assert.Equal(Entries, json.RootElement.GetProperty("maps")[0].GetProperty("entries").GetArrayLength());
            }
            BpfMapFile.Export([map], file);
            Assert.Equal([file], Directory.GetFiles(_files.Path));
        });
    }

    [Fact]
    public void After_a_killed_import_the_next_one_completes_it()
    {
        CompileDirectory.Require();
        var map = Filled("map");
        var copy = Filled("copy");
        copy.Pin(_pins["copy"]);
        var file = $"{_files.Path}/saved.json";
        BpfMapFile.Export([map], file);
        var expected = Sorted(map.Id);
        KillMany(nameof(Victim.Import), () =>
        {
            Victim.Import(_pins.Path, _files.Path);
            Assert.Equal(Entries, Live.Entries(copy).Count);
        });
        Assert.Equal(expected, Sorted(copy.Id));
    }

    [Fact]
    public void A_killed_compilation_leaves_a_whole_object_or_none_and_no_other_file()
    {
        CompileDirectory.Require();
        var source = _files.Source("int number = NUMBER & 0xffff;\n");
        var target = $"{_files.Path}/source.bpf.o";
        KillMany(nameof(Victim.Compile), () =>
        {
            if (File.Exists(target))
            {
                Bpftool.Run("gen", "object", $"{_files.Path}/whole.o", target); // reads all of it
                File.Delete($"{_files.Path}/whole.o");
            }
            Victim.Compile(_pins.Path, _files.Path);
            Assert.Equal([source, target], Directory.GetFiles(_files.Path).Order(StringComparer.Ordinal));
        });
        Assert.All(_files.CachedFiles(), file => Assert.DoesNotContain(".part", file, StringComparison.Ordinal));
        Assert.All(Directory.GetFiles(_files.Cache, "source.bpf.o", SearchOption.AllDirectories), file =>
            Assert.Equal(new FileInfo(target).Length, new FileInfo(file).Length));
    }

    [Fact]
    public void What_a_killed_writer_left_is_cleared_by_the_next_and_what_is_being_written_is_not()
    {
        CompileDirectory.Require();
        var map = Filled("map");
        var (left, busy) = ($"{_files.Path}/.bpfps-left.part", $"{_files.Path}/.bpfps-busy.part");
        File.WriteAllText(left, "");
        File.WriteAllText(busy, "");
        using var holder = new Child("flock", busy, "sh", "-c", "echo held; cat");
        Assert.Equal("held", holder.Hear());

        BpfMapFile.Export([map], $"{_files.Path}/map.json");

        Assert.False(File.Exists(left));
        Assert.True(File.Exists(busy));
    }

    private void KillMany(string deed, Action check)
    {
        for (var kill = 0; kill < (deed == nameof(Victim.Compile) ? KillsOfCompiler : KillsOfEach); kill++)
        {
            using var victim = new Victim(deed, _pins.Path, _files.Path);
            Thread.Sleep(_random.Next(100));
            victim.Kill();
            check();
        }
    }

    private BpfObject Started(string place) => BpfObjectStarter.Start(BpfPS.Tests.Repository.TestProgram("burst"),
        new BpfStartOptions { PinPath = place, Session = _session });

    private BpfMap Filled(string name)
    {
        var map = BpfMap.Create(new BpfMapDefinition { Name = name, Type = "hash", KeyType = "u32", ValueType = "u64", MaxEntries = Entries,
            Session = _session });
        using var writer = new BpfMapWriter(map);
        for (var key = 0; key < Entries; key++)
        {
            writer.Write(new Dictionary<string, object?> { ["key"] = key, ["value"] = key * 3 });
        }
        writer.Complete();
        return map;
    }

    private static string[] Sorted(uint map) => [.. Bpftool.Dump(map)
        .Select(entry => $"{Convert.ToHexString(entry.Key)}={Convert.ToHexString(entry.Value)}").Order(StringComparer.Ordinal)];
}
