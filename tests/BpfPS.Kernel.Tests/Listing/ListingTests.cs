using System.Text.Json;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Listing;

/// <summary>What is in the kernel, as we and bpftool list it. Other processes load and unload meanwhile.</summary>
public class ListingTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void Programs_are_those_that_bpftool_lists()
    {
        Live.Require();
        using var execsnoop = Live.Tool("execsnoop");
        using var types = Live.TestProgram("types");
        using var pins = new PinDirectory().Make();
        Bpftool.Run("prog", "load", Repository.TestProgram("nobtf"), pins["nobtf"]);
        var before = Bpftool.List("prog");
        var ours = BpfProgram.List().ToDictionary(program => program.Id);
        var after = Bpftool.List("prog");
        var stable = before.Keys.Intersect(after.Keys).ToArray();

        Assert.True(stable.Length >= execsnoop.Programs.Count + 2);
        Assert.Subset(ours.Keys.ToHashSet(), stable.ToHashSet());
        Assert.DoesNotContain(ours.Keys.Except(before.Keys).Except(after.Keys), id => Bpftool.List("prog").ContainsKey(id));
        foreach (var id in stable)
        {
            var (theirs, program) = (after[id], ours[id]);
            Assert.Equal((Text(theirs, "name"), Text(theirs, "type"), Text(theirs, "tag")), (program.Name, program.Type, program.Tag));
            Assert.Equal(Numbers(theirs, "map_ids"), program.MapIds.Order());
            Assert.Equal((theirs.GetProperty("bytes_xlated").GetUInt32(), theirs.TryGetProperty("bytes_jited", out var jited)
                ? jited.GetUInt32() : 0), (program.TranslatedSize, program.JitedSize));
            Assert.Equal((theirs.GetProperty("uid").GetUInt32(), theirs.GetProperty("gpl_compatible").GetBoolean()),
                (program.UserId, program.IsGplCompatible));
            Assert.Equal(theirs.TryGetProperty("btf_id", out var btf) ? btf.GetUInt32() : 0, program.BtfId);
            // bpftool knows full seconds.
            Assert.InRange((DateTimeOffset.FromUnixTimeSeconds(theirs.GetProperty("loaded_at")
                .GetInt64()).LocalDateTime - program.LoadTime).TotalSeconds, -2, 2);
        }
    }

    [Fact]
    public void Maps_are_those_that_bpftool_lists()
    {
        Live.Require();
        using var profile = Live.Tool("profile");
        using var types = Live.TestProgram("types");
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["trie"], "type", "lpm_trie", "key", "8", "value", "24", "entries", "77", "name",
            "sixteen_letters", "flags", "1");
        var before = Bpftool.List("map");
        var ours = BpfMap.List().ToDictionary(map => map.Id);
        var after = Bpftool.List("map");
        var stable = before.Keys.Intersect(after.Keys).ToArray();

        Assert.True(stable.Length >= 10);
        Assert.Subset(ours.Keys.ToHashSet(), stable.ToHashSet());
        Assert.DoesNotContain(ours.Keys.Except(before.Keys).Except(after.Keys), id => Bpftool.List("map").ContainsKey(id));
        foreach (var id in stable)
        {
            var (theirs, map) = (after[id], ours[id]);
            Assert.Equal((Text(theirs, "name"), Text(theirs, "type")), (map.Name, map.Type));
            Assert.Equal((Number(theirs, "bytes_key"), Number(theirs, "bytes_value"), Number(theirs, "max_entries"),
                Number(theirs, "flags")), (map.KeySize, map.ValueSize, map.MaxEntries, map.Flags));
        }
    }

    [Fact]
    public void Pins_are_those_that_bpftool_finds()
    {
        Live.Require();
        using var pins = new PinDirectory();
        using var obj = BpfObjectStarter.Start(Repository.Tool("execsnoop"), new BpfStartOptions { PinPath = pins["execsnoop"] });
        var witness = ((string[])["prog", "map", "link"]).SelectMany(kind => Bpftool.List(kind).SelectMany(entry =>
            entry.Value.TryGetProperty("pinned", out var paths) ? paths.EnumerateArray().Select(path => (path.GetString()!, entry.Key))
                : []))
            .Where(pin => pin.Item1.StartsWith(pins.Path, StringComparison.Ordinal));

        Assert.Equal(witness.Order(), BpfPin.List(pins.Path).Select(pin => (pin.Path, pin.Id)).Order());
    }

    [Fact]
    public void Holders_are_the_processes_whose_descriptors_are_programs()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        var program = obj.Programs.Single();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("prog", "pin", "id", Bpftool.Text(program.Id), pins["program"]);
        Assert.Equal([new BpfHolder(Environment.ProcessId, OwnName())], BpfProgram.FromId(program.Id).Processes);
        Assert.Equal([new BpfHolder(Environment.ProcessId, OwnName())], program.Processes);
        Assert.Equal([Environment.ProcessId], HoldersInProc(program.Id));
        obj.Dispose();
        using (var other = new Attacher(null, "raw_tp", "sys_enter", "held"))
        {
            Assert.Equal([other.Id], HoldersInProc(other.ProgramId));
            Assert.Equal([other.Id], BpfProgram.FromId(other.ProgramId).Processes.Select(holder => holder.ProcessId));
        }

        var kept = BpfProgram.FromPin(pins["program"]);
        Assert.Empty(kept.Processes);
        Assert.Equal((program.Id, "burst"), (kept.Id, kept.Name));
    }

    [Fact]
    public void A_started_object_knows_its_programs_and_maps_by_their_full_names()
    {
        Live.Require();
        using var obj = Live.Tool("execsnoop");
        var sections = obj.Programs.ToDictionary(program => program.Name, program => program.Section);

        // As the source has them: SEC("section"), and in the next line the function.
        var source = System.Text.RegularExpressions.Regex.Matches(
            File.ReadAllText(Path.Combine(Repository.Root, "bpf/execsnoop.bpf.c")),
            """^SEC\("([^".]+)"\)\s+int (?:BPF_\w+\()?(\w+)""",
            System.Text.RegularExpressions.RegexOptions.Multiline);
        Assert.Equal(source.Select(match => (match.Groups[2].Value, match.Groups[1].Value)).Order(),
            sections.Select(program => (program.Key, program.Value!)).Order());
        Assert.Equal(obj.Programs.Count, obj.LinkCount);
        Assert.Equal((BpfObjectState.Attached, Repository.Tool("execsnoop")), (obj.State, obj.Path));
        Assert.Contains(obj, BpfSession.Objects);
        Assert.InRange((DateTime.Now - obj.StartTime).TotalSeconds, 0, 30);
        // The attachments, as bpftool counts them.
        var programs = obj.Programs.Select(program => program.Id).ToHashSet();
        Assert.Equal(obj.LinkCount, Bpftool.List("link").Values.Count(link => programs.Contains(link.GetProperty("prog_id").GetUInt32())));
        Assert.All(obj.Maps, map => Assert.Equal(map.Type, Bpftool.List("map")[map.Id].GetProperty("type").GetString()));
    }

    [Fact]
    public void An_object_can_be_loaded_without_being_attached_and_in_part()
    {
        Live.Require();
        using var obj = BpfObjectStarter.Start(Repository.Tool("execsnoop"),
            new BpfStartOptions { Attach = false, Programs = ["exec_done"] });

        Assert.Equal(["exec_done"], obj.Programs.Select(program => program.Name));
        Assert.Equal((0, BpfObjectState.Loaded), (obj.LinkCount, obj.State));
        Assert.DoesNotContain(Bpftool.List("link").Values, link => link.GetProperty("prog_id").GetUInt32() == obj.Programs[0].Id);
    }

    [Fact]
    public void Run_counts_are_those_that_bpftool_shows()
    {
        Live.Require();
        const string Setting = "/proc/sys/kernel/bpf_stats_enabled";
        var before = File.ReadAllText(Setting);
        try
        {
            File.WriteAllText(Setting, "1");
            using var obj = Live.TestProgram("burst");
            for (var i = 0; i < 1000; i++)
            {
                Live.Getppid();
            }
            var id = obj.Programs.Single().Id;
            var first = Bpftool.List("prog")[id];
            var ours = BpfProgram.FromId(id);
            var second = Bpftool.List("prog")[id];

            Assert.InRange(ours.RunCount, first.GetProperty("run_cnt").GetUInt64(), second.GetProperty("run_cnt").GetUInt64());
            Assert.True(ours.RunCount >= 1000);
            Assert.InRange(ours.RunTime.Ticks, first.GetProperty("run_time_ns").GetInt64() / 100,
                second.GetProperty("run_time_ns").GetInt64() / 100);
        }
        finally
        {
            File.WriteAllText(Setting, before);
        }
    }

    [Fact]
    public void What_is_not_there_is_a_clear_error()
    {
        Live.Require();
        var program = Assert.Throws<BpfException>(() => BpfProgram.FromId(uint.MaxValue));
        var map = Assert.Throws<BpfException>(() => BpfMap.FromId(uint.MaxValue));

        Assert.Equal((BpfErrorKind.Vanished, "The kernel has no BPF program with id 4294967295."), (program.Kind, program.Message));
        Assert.Equal((BpfErrorKind.Vanished, "The kernel has no BPF map with id 4294967295."), (map.Kind, map.Message));
    }

    [Fact]
    public void Tools_say_what_they_are_for()
    {
        Machine.Require(File.Exists(Repository.Tool("execsnoop")), "the tools are not built");
        var before = BpfTool.Directory;
        BpfTool.Directory = Path.GetDirectoryName(Repository.Tool("execsnoop"))!;
        try
        {
            // Those whose source says that they are tools, but for the one that the engine itself loads.
            var sources = Directory.GetFiles(Path.Combine(Repository.Root, "bpf"), "*.bpf.c")
                .Where(path => !path.EndsWith("/holders.bpf.c", StringComparison.Ordinal)
                && File.ReadAllText(path).Contains("\nBPFPS_TOOL(", StringComparison.Ordinal));
            Assert.Equal(sources.Select(path => Path.GetFileName(path)[..^".bpf.c".Length]).Order(StringComparer.Ordinal), BpfTool.Names);
            var tool = BpfTool.Get("EXECSNOOP");
            Assert.Equal(("execsnoop", "struct execsnoop_event"), (tool.Name, tool.EventType));
            Assert.Contains($"BPFPS_TOOL(\"{tool.Summary}\")", File.ReadAllText(Path.Combine(Repository.Root, "bpf/execsnoop.bpf.c")),
                StringComparison.Ordinal);
            Assert.Null(BpfTool.Get("profile").EventType);
            Assert.Contains("counts", BpfTool.Get("profile").Maps);
        }
        finally
        {
            BpfTool.Directory = before;
        }
    }

    /// <summary>The processes with a descriptor of a program, as /proc has them.</summary>
    private static IEnumerable<int> HoldersInProc(uint program) =>
        Directory.GetDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out var process) ? process : 0)
            .Where(process => process > 0 && Lines($"/proc/{process}/fdinfo", Directory.GetFiles)
                .SelectMany(path => Lines(path, File.ReadAllLines)).Contains($"prog_id:\t{program}"));

    private static string[] Lines(string path, Func<string, string[]> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // the process has ended, or has closed it
        }
    }

    private static string OwnName() => File.ReadAllText("/proc/self/comm").TrimEnd('\n');

    private static string Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.GetString()! : "";

    private static uint Number(JsonElement entry, string name) => entry.GetProperty(name).GetUInt32();

    private static IEnumerable<uint> Numbers(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var list) ? list.EnumerateArray().Select(n => n.GetUInt32()).Order() : [];
}
