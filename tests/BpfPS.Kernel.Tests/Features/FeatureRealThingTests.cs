using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Features;

/// <summary>What a row says against doing it: loading, making and attaching by other ways than the probes'.</summary>
public class FeatureRealThingTests : IClassFixture<NothingLeft>
{
    private const string Prefix = "probe_";

    public static TheoryData<string> Kinds => [.. Names("kinds")];

    /// <summary>libbpf's loader, on a program that clang has compiled, and for those with a place its attaching.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_program_loads_and_attaches_when_its_row_says_yes_and_only_then(string name)
    {
        Live.Require();
        var isWay = BpfFeatures.Names(BpfFeatureCategory.AttachType).Contains(name);
        var type = BpfObjectSpec.Read(Repository.TestProgram("kinds")).Programs.Single(program => program.Name == Prefix + name).Type;
        var loads = BpfFeatures.Get(BpfFeatureCategory.ProgramType, type, withHelpers: false);
        var attaches = isWay ? BpfFeatures.Get(BpfFeatureCategory.AttachType, name) : null;

        // bpf_program__attach has no target for the others: an interface, a cgroup, a socket.
        var attach = name is "kprobe" or "kretprobe" or "tracepoint" or "perf_event" or "raw_tracepoint"
            || name.StartsWith("trace_", StringComparison.Ordinal) || name is "modify_return" or "lsm_mac";
        var error = Record.Exception(() =>
            BpfObjectStarter.Start(Repository.TestProgram("kinds"), new BpfStartOptions { Programs = [Prefix + name], Attach = attach })
            .Dispose()) as BpfException;

        if (attach && attaches is not null)
        {
            Assert.Equal((name, error is null), (name, attaches.Support == BpfSupport.Yes));
        }
        else if (name is not ("lsm_cgroup" or "trace_iter"))
        {
            Assert.Equal((name, error is null), (name, loads.Support == BpfSupport.Yes));
        }
        Assert.True(error is null || (attaches ?? loads).Reason is not null, $"{error?.Message}");
    }

    [Fact]
    public void A_map_of_each_type_can_be_made_when_its_row_says_yes_and_only_then()
    {
        Live.Require();
        foreach (var row in BpfFeatures.Get(BpfFeatureCategory.MapType).Where(row => row.Name is not ("struct_ops" or "insn_array")))
        {
            using var inner = MapMaker.Create(new BpfMapDefinition { Type = "array", Name = "bpfps_inner", ValueType = "u32",
                MaxEntries = 1 });
            var definition = new BpfMapDefinition
            {
                Type = row.Name,
                Name = "bpfps_test",
                KeyType = row.Name switch { "hash" or "percpu_hash" or "lru_hash" or "lru_percpu_hash" or "rhash" or "hash_of_maps" =>
                    "u32", "lpm_trie" => "struct { u32 length; u32 address; }", _ => null },
                ValueType = row.Name is "hash" or "percpu_hash" or "lru_hash" or "lru_percpu_hash" or "rhash" or "lpm_trie" or "array"
                    or "percpu_array" or "queue" or "stack" or "bloom_filter"
                    or "sk_storage" or "inode_storage" or "task_storage" or "cgrp_storage" ? "u32" : null,
                ValueSize = row.Name is "cgroup_storage" or "percpu_cgroup_storage" ? 8 : null,
                InnerMap = row.Name.EndsWith("_of_maps", StringComparison.Ordinal) ? BpfMap.FromId(KernelObjects.GetMapInfo(inner).Id)
                    : null,
                MaxEntries = row.Name is "ringbuf" or "user_ringbuf" or "cgroup_storage" or "percpu_cgroup_storage" or "arena" or "cpumap"
                    || row.Name.EndsWith("_storage", StringComparison.Ordinal) ? null : 1,
            };
            var error = Record.Exception(() => MapMaker.Create(definition).Dispose());

            Assert.True(error is null == (row.Support == BpfSupport.Yes), $"{row}; making one: {error?.Message ?? "worked"}");
        }
        // The type that only its loader makes.
        using var congestion = BpfObjectStarter.Start(Repository.TestProgram("congestion"), new BpfStartOptions { Attach = false });
        Assert.Equal(congestion.Maps.Any(map => map.Type == "struct_ops"),
            BpfFeatures.Get(BpfFeatureCategory.MapType, "struct_ops").Support == BpfSupport.Yes);
    }

    [Fact]
    public void Programs_attach_to_a_cgroup_in_every_way_that_has_a_yes_and_in_no_other()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        var cgroup = $"{CgroupTree.Root}/bpfps-test-features-{Environment.ProcessId}";
        Bpftool.Run("prog", "loadall", Repository.TestProgram("cgroup_hooks"), pins["programs"]);
        Directory.CreateDirectory(cgroup);
        try
        {
            foreach (var name in Names("cgroup_hooks"))
            {
                var word = name["cgroup_".Length..]; // bpftool's words are shorter, and it takes a beginning
                word = word switch
                {
                    "inet_ingress" or "inet_egress" or "inet_sock_create" or "inet_sock_release" => word["inet_".Length..],
                    _ when word.StartsWith("inet4_", StringComparison.Ordinal) || word.StartsWith("inet6_", StringComparison.Ordinal) =>
                        word[6..] + word[4],
                    _ when word.StartsWith("udp", StringComparison.Ordinal) => word[5..] + word[3],
                    _ => word,
                };
                var (exitCode, output, error) = Command.Run("bpftool", "cgroup", "attach", cgroup, word, "pinned",
                    pins[$"programs/{Prefix}{name}"]);
                Assert.True(exitCode == 0 == (BpfFeatures.Get(BpfFeatureCategory.AttachType, name).Support == BpfSupport.Yes),
                    $"{name}: {output}{error}");
                if (exitCode == 0)
                {
                    Bpftool.Run("cgroup", "detach", cgroup, word, "pinned", pins[$"programs/{Prefix}{name}"]);
                }
            }
        }
        finally
        {
            Directory.Delete(cgroup);
        }
    }

    /// <summary>
    /// Where a kernel's own version speaks against a no, only an option that is off excuses it; outside of our virtual machines
    /// also a refusal.
    /// </summary>
    [Theory]
    [InlineData(BpfFeatureCategory.ProgramType)]
    [InlineData(BpfFeatureCategory.MapType)]
    [InlineData(BpfFeatureCategory.AttachType)]
    [InlineData(BpfFeatureCategory.LinkType)]
    [InlineData(BpfFeatureCategory.Verifier)]
    public void What_the_version_of_the_kernel_has_is_a_yes_and_what_it_has_not_is_a_no(BpfFeatureCategory category)
    {
        Live.Require();
        var version = new Version(Environment.OSVersion.Version.Major, Environment.OSVersion.Version.Minor);
        var rows = BpfFeatures.Get(category).ToArray();

        Assert.Contains(rows, row => row.Support == BpfSupport.Yes);
        foreach (var row in rows.Where(row => row.Since <= version && row.Support != BpfSupport.Yes))
        {
            Assert.Matches(Guest.IsHere
                ? "the kernel was built without CONFIG_"
                : "built without CONFIG_|this kernel forbids it|does not attach it|"
                    + "does not support (it: |this attachment)|has no perf unit", row.Reason);
        }
        Assert.All(rows.Where(row => row.Since > version), row => Assert.Equal((row.Name, BpfSupport.No), (row.Name, row.Support)));
    }

    [Fact]
    public void Probing_everything_leaves_nothing_behind_and_calls_nothing_into_being()
    {
        Live.Require();
        using var tools = new ToolDirectory();
        var before = NothingLeft.Now();

        foreach (var category in Enum.GetValues<BpfFeatureCategory>())
        {
            _ = BpfFeatures.Get(category).ToArray();
        }

        Assert.Empty(NothingLeft.Leftovers(before));
    }

    private static string[] Names(string program) => !File.Exists(Repository.TestProgram(program)) ? []
        : [.. BpfObjectSpec.Read(Repository.TestProgram(program)).Programs.Select(entry => entry.Name[Prefix.Length..])];
}
