using System.Text.Json;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Features;

/// <summary>bpftool's own probes as witness: every row that both have agrees, or it is said here why ours is right, and shown.</summary>
public class FeatureWitnessTests : IClassFixture<NothingLeft>
{
    private static readonly Lazy<string> s_names = new(() => CProgram.Compile("Features/libbpf_names.c", "-lbpf"));
    private static readonly Lazy<JsonElement[]> s_types = new(() =>
        [.. Bpftool.Json("btf", "dump", "file", "/sys/kernel/btf/vmlinux").GetProperty("types").EnumerateArray()]);
    private static readonly Lazy<JsonElement> s_probe = new(() => Bpftool.Json("feature", "probe", "kernel"));

    [Fact]
    public void Types_of_programs_agree_with_bpftool_but_for_tracing_which_it_judges_by_fentry_alone()
    {
        Live.Require();
        var disagreements = Disagreements("program_types", "_prog_type", BpfFeatureCategory.ProgramType);

        foreach (var (name, theirs, ours) in disagreements)
        {
            // libbpf_probe_bpf_prog_type tries an fentry program, and takes its refusal for that of the type.
            Assert.Equal(("tracing", false, BpfSupport.Yes), (name, theirs, ours.Support));
            Assert.Equal(LibbpfInC.Attached, LibbpfInC.Attach("kinds", "probe_trace_raw_tp"));
        }
    }

    [Fact]
    public void Types_of_maps_agree_with_bpftool()
    {
        Live.Require();

        Assert.Empty(Disagreements("map_types", "_map_type", BpfFeatureCategory.MapType));
    }

    [Fact]
    public void Options_of_the_kernel_have_the_values_that_bpftool_reads()
    {
        Live.Require();
        Machine.Require(File.Exists("/proc/config.gz")
            || File.Exists($"/boot/config-{Command.Output("uname", "-r").Trim()}"), "this kernel's configuration is nowhere to be read");
        var ours = BpfFeatures.Get(BpfFeatureCategory.KernelConfiguration).ToDictionary(row => row.Name);
        var theirs = Probe().GetProperty("system_config").EnumerateObject()
            .Where(option => option.Name.StartsWith("CONFIG_", StringComparison.Ordinal)).ToArray();

        Assert.True(theirs.Length > 30, "bpftool shows hardly an option");
        Assert.All(theirs, option => Assert.Equal((option.Name, option.Value.GetString()), (option.Name, ours[option.Name].Value)));
        Assert.All(theirs, option =>
            Assert.Equal(option.Value.ValueKind == JsonValueKind.Null ? BpfSupport.No : BpfSupport.Yes, ours[option.Name].Support));
    }

    [Fact]
    public void Settings_have_the_values_that_bpftool_and_sysctl_read()
    {
        Live.Require();
        var rows = BpfFeatures.Get(BpfFeatureCategory.Setting).ToArray();
        var theirs = Probe().GetProperty("system_config").EnumerateObject()
            .Where(setting => !setting.Name.StartsWith("CONFIG_", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(theirs);
        Assert.All(theirs, setting =>
            Assert.Equal(setting.Value.GetRawText(), Assert.Single(rows, row => row.Name.Split('.')[^1] == setting.Name).Value));
        Assert.All(rows.Where(row => row.Support == BpfSupport.Yes), row =>
            Assert.Equal(File.ReadAllText($"/proc/sys/{row.Name.Replace('.', '/')}").Trim(), row.Value));
    }

    [Theory]
    [InlineData("have_large_insn_limit", "large_instruction_limit")]
    [InlineData("have_bounded_loops", "bounded_loops")]
    [InlineData("have_v2_isa_extension", "isa_v2")]
    [InlineData("have_v3_isa_extension", "isa_v3")]
    public void What_the_verifier_takes_agrees_with_bpftool(string theirs, string ours)
    {
        Live.Require();

        Assert.Equal(Probe().GetProperty("misc").GetProperty(theirs).GetBoolean(),
            BpfFeatures.Get(BpfFeatureCategory.Verifier, ours).Support == BpfSupport.Yes);
    }

    [Theory]
    [InlineData(BpfFeatureCategory.ProgramType)]
    [InlineData(BpfFeatureCategory.MapType)]
    [InlineData(BpfFeatureCategory.AttachType)]
    [InlineData(BpfFeatureCategory.LinkType)]
    public void Every_type_that_libbpf_has_a_name_for_has_a_row_under_that_name(BpfFeatureCategory category)
    {
        Live.Require();
        Machine.Require(File.Exists("/usr/include/bpf/libbpf.h"), "libbpf's headers (libbpf-dev) are not installed");
        var kind = category switch { BpfFeatureCategory.ProgramType => "prog", BpfFeatureCategory.MapType =>
            "map", BpfFeatureCategory.AttachType => "attach", _ => "link" };
        // 0 is "unspec" but for the ways to attach.
        var names = Command.Output(s_names.Value).Split('\n').Select(line => line.Split(' '))
            .Where(word => word[0] == kind && (word[1] != "0" || kind == "attach")).Select(word => word[2]).ToArray();

        Assert.InRange(names.Length, kind == "link" ? 9 : 30, 200);
        Assert.Empty(names.Except(BpfFeatures.Names(category)));
    }

    [Theory]
    [InlineData(BpfFeatureCategory.ProgramType, "bpf_prog_type", "BPF_PROG_TYPE_", 30)]
    [InlineData(BpfFeatureCategory.MapType, "bpf_map_type", "BPF_MAP_TYPE_", 30)]
    [InlineData(BpfFeatureCategory.AttachType, "bpf_attach_type", "BPF_", 40)]
    [InlineData(BpfFeatureCategory.LinkType, "bpf_link_type", "BPF_LINK_TYPE_", 9)]
    public void Every_type_in_the_kernels_own_lists_has_a_row_and_every_probe_has_an_answer(BpfFeatureCategory category, string list,
        string prefix, int least)
    {
        Live.Require();
        var names = KernelsOwn(list, prefix).Values;
        var rows = BpfFeatures.Get(category).ToDictionary(row => row.Name);

        Assert.InRange(names.Count, least, 200);
        Assert.Empty(names.Where(same => !same.Any(rows.ContainsKey)).Select(same => string.Join('/', same)));
        // As root, with a kernel that BpfPS knows all of, nothing stays open.
        Assert.All(rows.Values, row => Assert.True(row.Support != BpfSupport.Unknown, $"{row}: {row.Reason}"));
        Assert.All(rows.Values.Where(row => row.Support == BpfSupport.No), row => Assert.NotEmpty(row.Reason!));
    }

    /// <summary>bpftool's answers. They cost some thousand programs that are loaded, so they are asked for once.</summary>
    internal static JsonElement Probe() => s_probe.Value;

    /// <summary>
    /// The names of an enum of the kernel by number, without the prefix and in small letters. The witness is bpftool's view of the
    /// kernel's BTF. Of two names for a number the kernel's first is the older one.
    /// </summary>
    internal static Dictionary<int, string[]> KernelsOwn(string list, string prefix) =>
        s_types.Value.First(type => type.GetProperty("kind").GetString() == "ENUM"
            && type.GetProperty("name").GetString() == list).GetProperty("values").EnumerateArray()
            .Select(value => (Name: value.GetProperty("name").GetString()!, Number: value.GetProperty("val").GetInt32()))
            .Where(value =>
                value.Name.StartsWith(prefix, StringComparison.Ordinal) && !value.Name.EndsWith("_UNSPEC", StringComparison.Ordinal))
            .GroupBy(value => value.Number)
            .ToDictionary(same => same.Key, same => same.Select(value => value.Name[prefix.Length..].ToLowerInvariant()).ToArray());

    /// <summary>Where bpftool's yes or no is not ours. Every row of bpftool's must be one of ours.</summary>
    private static List<(string Name, bool Theirs, BpfFeature Ours)> Disagreements(string section, string ending,
        BpfFeatureCategory category)
    {
        var theirs = Probe().GetProperty(section).EnumerateObject()
            .ToDictionary(row => row.Name["have_".Length..^ending.Length], row => row.Value.GetBoolean());
        Assert.True(theirs.Count > 25, $"bpftool has only {theirs.Count} rows in {section}");
        Assert.Contains(theirs, row => row.Value);
        var ours = BpfFeatures.Get(category).ToDictionary(row => row.Name);
        return [.. theirs.Where(row => row.Value != (ours[row.Key].Support == BpfSupport.Yes))
            .Select(row => (row.Key, row.Value, ours[row.Key]))];
    }
}
