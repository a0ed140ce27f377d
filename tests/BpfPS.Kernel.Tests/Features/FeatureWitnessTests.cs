using System.Text.Json;
using BpfPS.Features;
using BpfPS.Files;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Features;

/// <summary>bpftool's own probes as witness: every row that both have agrees, or it is said here why ours is right, and shown.</summary>
public class FeatureWitnessTests : IClassFixture<NothingLeft>
{
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
            using var loaded = BpfObjectStarter.Start(Repository.TestProgram("kinds"), new BpfStartOptions { Programs = ["probe_trace_raw_tp"], Attach = false });
            Assert.Equal("tracing", Assert.Single(loaded.Programs).Type);
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
        Machine.Require(KernelConfiguration.Path is not null, "this kernel's configuration is nowhere to be read");
        var ours = BpfFeatures.Get(BpfFeatureCategory.KernelConfiguration).ToDictionary(row => row.Name);
        var theirs = Probe().GetProperty("system_config").EnumerateObject().Where(option => option.Name.StartsWith("CONFIG_", StringComparison.Ordinal)).ToArray();

        Assert.True(theirs.Length > 30, "bpftool shows hardly an option");
        Assert.All(theirs, option => Assert.Equal((option.Name, option.Value.GetString()), (option.Name, ours[option.Name].Value)));
        Assert.All(theirs, option => Assert.Equal(option.Value.ValueKind == JsonValueKind.Null ? BpfSupport.No : BpfSupport.Yes, ours[option.Name].Support));
    }

    [Fact]
    public void Settings_have_the_values_that_bpftool_and_sysctl_read()
    {
        Live.Require();
        var rows = BpfFeatures.Get(BpfFeatureCategory.Setting).ToArray();
        var theirs = Probe().GetProperty("system_config").EnumerateObject().Where(setting => !setting.Name.StartsWith("CONFIG_", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(theirs);
        Assert.All(theirs, setting => Assert.Equal(setting.Value.GetRawText(), Assert.Single(rows, row => row.Name.Split('.')[^1] == setting.Name).Value));
        Assert.All(rows.Where(row => row.Support == BpfSupport.Yes), row => Assert.Equal(File.ReadAllText($"/proc/sys/{row.Name.Replace('.', '/')}").Trim(), row.Value));
    }

    [Theory]
    [InlineData("have_large_insn_limit", "large_instruction_limit")]
    [InlineData("have_bounded_loops", "bounded_loops")]
    [InlineData("have_v2_isa_extension", "isa_v2")]
    [InlineData("have_v3_isa_extension", "isa_v3")]
    public void What_the_verifier_takes_agrees_with_bpftool(string theirs, string ours)
    {
        Live.Require();

        Assert.Equal(Probe().GetProperty("misc").GetProperty(theirs).GetBoolean(), BpfFeatures.Get(BpfFeatureCategory.Verifier, ours).Support == BpfSupport.Yes);
    }

    [Fact]
    public void Every_type_that_libbpf_has_a_name_for_has_a_row_under_that_name()
    {
        Live.Require();
        var names = new Dictionary<BpfFeatureCategory, Func<int, nint>>
        {
            [BpfFeatureCategory.ProgramType] = Native.LibBpf.libbpf_bpf_prog_type_str,
            [BpfFeatureCategory.MapType] = Native.LibBpf.libbpf_bpf_map_type_str,
            [BpfFeatureCategory.AttachType] = Native.LibBpf.libbpf_bpf_attach_type_str,
            [BpfFeatureCategory.LinkType] = Native.LibBpf.libbpf_bpf_link_type_str,
        };
        foreach (var (category, nameOf) in names)
        {
            var rows = BpfFeatures.Names(category);
            var first = category == BpfFeatureCategory.AttachType ? 0 : 1; // 0 is "unspec" elsewhere
            for (var number = first; ObjectFile.Text(nameOf(number)) is { Length: > 0 } name; number++)
            {
                Assert.Contains(name, rows);
            }
        }
    }

    [Fact]
    public void Every_type_in_the_kernels_own_lists_has_a_row_and_every_probe_has_an_answer()
    {
        Live.Require();
        Assert.Equal(KernelTypes.Index!.Numbers("bpf_attach_type", "BPF_").Count(), AttachTypeProbes.All.Count(type => KernelTypes.Index.Numbers("bpf_attach_type", "BPF_").Any(known => known.Name == type.Name)));
        foreach (var category in (BpfFeatureCategory[])[BpfFeatureCategory.ProgramType, BpfFeatureCategory.MapType, BpfFeatureCategory.AttachType, BpfFeatureCategory.LinkType])
        {
            // As root, with a kernel that BpfPS knows all of, nothing stays open.
            Assert.All(BpfFeatures.Get(category), row => Assert.True(row.Support != BpfSupport.Unknown, $"{row}: {row.Reason}"));
            Assert.All(BpfFeatures.Get(category).Where(row => row.Support == BpfSupport.No), row => Assert.NotEmpty(row.Reason!));
        }
    }

    /// <summary>bpftool's answers. They cost some thousand programs that are loaded, so they are asked for once.</summary>
    internal static JsonElement Probe() => s_probe.Value;

    /// <summary>Where bpftool's yes or no is not ours. Every row of bpftool's must be one of ours.</summary>
    private static List<(string Name, bool Theirs, BpfFeature Ours)> Disagreements(string section, string ending, BpfFeatureCategory category)
    {
        var theirs = Probe().GetProperty(section).EnumerateObject().ToDictionary(row => row.Name["have_".Length..^ending.Length], row => row.Value.GetBoolean());
        Assert.True(theirs.Count > 25, $"bpftool has only {theirs.Count} rows in {section}");
        Assert.Contains(theirs, row => row.Value);
        var ours = BpfFeatures.Get(category).ToDictionary(row => row.Name);
        return [.. theirs.Where(row => row.Value != (ours[row.Key].Support == BpfSupport.Yes)).Select(row => (row.Key, row.Value, ours[row.Key]))];
    }
}
