using System.Text.RegularExpressions;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Features;

/// <summary>What a row says against doing it: loading, making and attaching by other ways than the probes'.</summary>
public partial class FeatureRealThingTests : IClassFixture<NothingLeft>
{
    private const string Prefix = "probe_";

    public static TheoryData<string> Kinds => [.. Names("kinds")];

    /// <summary>libbpf in a program in C loads what clang has compiled, and attaches it where the section says where.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_program_that_libbpf_loads_and_attaches_has_a_row_that_says_yes_and_no_other_has(string name)
    {
        Live.Require();
        var outcome = LibbpfInC.Attach("kinds", Prefix + name);
        var isAttached = outcome == LibbpfInC.Attached;
        var isLoaded = isAttached || outcome.StartsWith("attach:", StringComparison.Ordinal);

        // The others have no target that a section can name: an interface, a cgroup, a socket.
        var hasTarget = name is "kprobe" or "kretprobe" or "raw_tracepoint" or "modify_return" or "lsm_mac"
            || name.StartsWith("trace_", StringComparison.Ordinal);
        if (hasTarget && BpfFeatures.Names(BpfFeatureCategory.AttachType).Contains(name))
        {
            var row = BpfFeatures.Get(BpfFeatureCategory.AttachType, name);
            Assert.Equal((name, isAttached), (name, row.Support == BpfSupport.Yes));
            Assert.Equal(isAttached, row.Reason is null);
        }
        else
        {
            var row = BpfFeatures.Get(BpfFeatureCategory.ProgramType, TypeOf(name), withHelpers: false);
            Assert.Equal((name, isLoaded), (name, row.Support == BpfSupport.Yes));
            Assert.Equal(isLoaded, row.Reason is null);
        }
    }

    /// <summary>The types are those in the kernel's own list, and libbpf in a program in C makes the maps.</summary>
    [Fact]
    public void A_type_of_which_libbpf_makes_a_map_has_a_row_that_says_yes_and_no_other_has()
    {
        Live.Require();
        var make = CProgram.Compile("Features/make_map.c", "-lbpf");
        var types = FeatureWitnessTests.KernelsOwn("bpf_map_type", "BPF_MAP_TYPE_");
        var rows = BpfFeatures.Get(BpfFeatureCategory.MapType).ToDictionary(row => row.Name);

        Assert.InRange(types.Count, 30, 200);
        foreach (var (number, names) in types)
        {
            var row = rows[names.Single(rows.ContainsKey)];
            if (row.Name is "struct_ops" or "insn_array")
            {
                continue; // the first is made by its loader only, see below; the second has a value that changes with the kernel
            }
            var made = Command.Output(make, [Bpftool.Text(number), .. Shape(row.Name).Split(' ')]).Trim();
            Assert.True(made == "made" == (row.Support == BpfSupport.Yes), $"{row}; libbpf: {made}");
        }
        Assert.All(rows.Values.Where(row => !types.Values.Any(names => names.Contains(row.Name))), row =>
            Assert.Equal((row.Name, BpfSupport.No), (row.Name, row.Support)));
        // The type that only its loader makes: bpftool's.
        using var pins = new PinDirectory().Make();
        var (exitCode, _, error) = Command.Run("bpftool", "struct_ops", "register", Repository.TestProgram("congestion"));
        Assert.True(exitCode == 0 == (rows["struct_ops"].Support == BpfSupport.Yes), error);
        if (exitCode == 0)
        {
            Bpftool.Run("struct_ops", "unregister", "name", "bpfps_test_cc");
        }
    }

    /// <summary>What make_map.c is told of a type: sizes of key and value, entries, flags, and what else it needs.</summary>
    private static string Shape(string type) => type switch
    {
        "hash" or "percpu_hash" or "lru_hash" or "lru_percpu_hash" or "array" or "percpu_array" or "prog_array" or "perf_event_array"
            or "cgroup_array" or "devmap" or "devmap_hash" or "xskmap" or "cpumap" or "sockmap" or "sockhash"
            or "reuseport_sockarray" => "4 4 1 0",
        "array_of_maps" or "hash_of_maps" => "4 4 1 0 inner",
        "rhash" => "4 4 1 1", // BPF_F_NO_PREALLOC
        "lpm_trie" => "8 4 1 1",
        "stack_trace" => "4 8 1 0",
        "cgroup_storage" or "percpu_cgroup_storage" => "8 8 0 0",
        "queue" or "stack" or "bloom_filter" => "0 4 1 0",
        "sk_storage" or "inode_storage" or "task_storage" or "cgrp_storage" => "4 4 0 1 types",
        "ringbuf" or "user_ringbuf" => "0 0 4096 0",
        "arena" => "0 0 1 1024", // BPF_F_MMAPABLE
        _ => throw new ArgumentException($"{type} is a type that this test does not know: say how such a map is made"),
    };

    private static string TypeOf(string kind) => kind switch
    {
        "kretprobe" or "trace_kprobe_multi" => "kprobe",
        "lsm_mac" or "lsm_cgroup" => "lsm",
        "modify_return" => "tracing",
        _ => kind.StartsWith("trace_", StringComparison.Ordinal) ? "tracing" : kind,
    };

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
            var names = Names("cgroup_hooks");
            Assert.Equal(23, names.Length);
            foreach (var name in names)
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
    /// Where a kernel's own version speaks against a no, only an option that is off excuses it, or a libbpf that is too old for what the
    /// kernel has; outside of our virtual machines also a refusal.
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
            var newer = System.Text.RegularExpressions.Regex.Match(row.Reason!,
                @"this kernel supports it, but libbpf .* requires libbpf (\S+)");
            if (newer.Success)
            {
                Assert.True(Native.LibBpfLibrary.Version < Version.Parse(newer.Groups[1].Value), $"{row}");
                continue;
            }
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

    /// <summary>The names behind "probe_" in the source of a test program, which has a macro for most.</summary>
    private static string[] Names(string program) =>
        [.. NameInSource().Matches(File.ReadAllText(Repository.TestSource(program)))
            .Select(match => match.Groups[1].Value + match.Groups[2].Value)];

    [GeneratedRegex(@"^(?:KIND|HOOK)\((\w+)|^SEC\(.*probe_(\w+)\(", RegexOptions.Multiline)]
    private static partial Regex NameInSource();
}
