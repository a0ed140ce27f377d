using BpfPS.Attach;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Native;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>
/// The measure is libbpf itself: for every section that it knows, the program is attached where this kernel and this libbpf
/// have it, and one clear error says otherwise what is too old or switched off.
/// </summary>
public sealed class SectionTests : IClassFixture<NothingLeft>, IClassFixture<TestNetwork>
{
    private readonly TestNetwork _network;

    public SectionTests(TestNetwork network)
    {
        Live.Require();
        _network = network;
    }

    public static TheoryData<string> Had =>
        [.. SectionCase.All.Where(entry => entry.CanBe && (Guest.IsHere || !entry.IsSwitched)).Select(entry => entry.Section)];

    public static TheoryData<string> Lacked => [.. SectionCase.All.Where(entry => !entry.CanBe).Select(entry => entry.Section)];

    public static TheoryData<string> Switched =>
        [.. SectionCase.All.Where(entry => entry.CanBe && entry.IsSwitched).Select(entry => entry.Section)];

    [Fact]
    public void The_sections_that_are_known_are_those_that_this_systems_libbpf_knows_and_those_of_newer_ones()
    {
        Machine.Require(File.Exists("/usr/include/bpf/libbpf.h"), "libbpf's headers (libbpf-dev) are not installed");
        var said = Command.Output(CProgram.Compile("Hooks/libbpf_sections.c", "-lbpf"));
        var known = said[said.IndexOf("are:", StringComparison.Ordinal)..]
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)[1..];

        Assert.InRange(known.Length, 80, 500);
        Assert.Empty(known.Except(KnownSections.All));
        Assert.Equal(KnownSections.All.Where(section => KnownSections.Since(section.TrimEnd('+')) is not { } since
            || Version.Parse(since) <= LibBpfLibrary.Version).Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
        Assert.Equal(KnownSections.All.Order(StringComparer.Ordinal),
            SectionCase.All.Select(entry => entry.Section).Concat(SectionCase.Elsewhere).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Had))]
    public void A_section_that_this_kernel_and_this_libbpf_have_is_attached(string section)
    {
        var expected = Case(section);
        using var place = new SectionPlace(_network, expected);
        using var obj = Start(expected, place);

        Assert.Equal((expected.Program, expected.IsLoadedOnly ? BpfObjectState.Loaded : BpfObjectState.Attached),
            (obj.Programs.Single().Name, obj.State));
        Assert.Equal(expected.IsLoadedOnly, obj.LinkCount == 0);
        Assert.True(!expected.IsShown || place.Shows(obj.Programs[0].Id), $"bpftool does not show {section}");
    }

    [Theory]
    [MemberData(nameof(Lacked))]
    public void A_section_that_this_kernel_or_this_libbpf_is_too_old_for_is_refused_with_a_clear_error(string section)
    {
        var expected = Case(section);
        using var place = new SectionPlace(_network, expected);
        var error = Assert.ThrowsAny<BpfException>(() => Start(expected, place));

        if (!expected.IsLibraryNewEnough)
        {
            Assert.Equal((typeof(BpfException), BpfErrorKind.NotSupported), (error.GetType(), error.Kind));
            Assert.Contains($"which requires libbpf {expected.Library} or later", error.Message, StringComparison.Ordinal);
        }
        else if (expected.CannotBe is { } reason)
        {
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
        else if (expected.OldRefusal is { } refusal)
        {
            Assert.Contains(refusal, error.Message, StringComparison.Ordinal);
            return; // the verifier's own words, to which there is no remedy
        }
        else
        {
            Assert.IsType<BpfException>(error); // not the verifier's
            Assert.True(error.Kind is BpfErrorKind.NotSupported or BpfErrorKind.PermissionDenied, error.ToString());
            Assert.Contains("requires at least Linux", error.Remedy, StringComparison.Ordinal);
        }
        Assert.NotNull(error.Remedy);
    }

    [AbsenceTheory]
    [MemberData(nameof(Switched))]
    public void A_section_that_this_kernel_is_built_without_is_refused_with_a_clear_error(string section)
    {
        var expected = Case(section);
        using var place = new SectionPlace(_network, expected);
        if (section.StartsWith("netkit", StringComparison.Ordinal))
        {
            Assert.SkipWhen(place.HasNetkit, "this kernel has netkit: ip makes such interfaces");
        }
        else
        {
            SwitchedHook.RequireRefusal("sections", expected.Program);
        }
        var error = Assert.Throws<BpfException>(() => Start(expected, place));

        Assert.True(error.Kind is BpfErrorKind.NotSupported or BpfErrorKind.PermissionDenied, error.ToString());
        Assert.NotNull(error.Remedy);
    }

    [Theory]
    [InlineData("no_kprobe", "Target")]
    [InlineData("no_kprobe_multi", "Target")]
    [InlineData("no_ksyscall", "Target")]
    [InlineData("no_uprobe", "Target path:function")]
    [InlineData("no_usdt", "path:provider:name")]
    [InlineData("no_tracepoint", "Target")]
    [InlineData("no_raw_tp", "Target")]
    [InlineData("no_raw_tp_w", "Target")]
    [InlineData("no_tp_btf", "Target")]
    [InlineData("no_fentry", "Target")]
    [InlineData("no_fmod_ret_s", "Target")]
    [InlineData("no_freplace", "Target id:function")]
    [InlineData("no_lsm", "Target")]
    [InlineData("no_lsm_cgroup", "Target")]
    [InlineData("no_iter", "Target")]
    public void A_section_that_leaves_the_place_open_asks_for_the_parameter(string program, string parameter)
    {
        var error = Assert.Throws<BpfException>(() =>
            BpfObjectStarter.Start(Repository.TestProgram("unplaced"), new BpfStartOptions { Programs = [program] }));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(" is specified.", error.Message, StringComparison.Ordinal);
        Assert.Contains(parameter, error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("at_xdp", "Interface")]
    [InlineData("at_tc", "Direction")]
    [InlineData("at_tcx_ingress", "Interface")]
    [InlineData("at_netkit_peer", "Interface")]
    [InlineData("at_netfilter", "Hook")]
    [InlineData("at_cgroup_getsockopt", "Cgroup")]
    [InlineData("at_lsm_cgroup", "Cgroup")]
    [InlineData("at_socket", "Socket")]
    [InlineData("at_sk_reuseport_migrate", "Socket")]
    [InlineData("at_sk_skb", "Hook")]
    [InlineData("at_lirc_mode2", "Target")]
    public void A_hook_that_no_section_can_name_asks_for_the_parameter(string program, string parameter)
    {
        var error = Assert.Throws<BpfException>(() =>
            BpfObjectStarter.Start(Repository.TestProgram("sections"), new BpfStartOptions { Programs = [program] }));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(parameter, error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("misspelt_tracepoint", "tracepoint")]
    [InlineData("misspelt_connect4", "cgroup/connect4")]
    [InlineData("unknown", "Program Types and ELF Sections")]
    public void A_section_that_nobody_knows_names_those_that_are_called_alike(string program, string remedy)
    {
        var error = Assert.Throws<BpfException>(() =>
            BpfObjectStarter.Start(Repository.TestProgram("unplaced"), new BpfStartOptions { Programs = [program] }));

        Assert.Contains("which is not the name of a program type", error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
    }

    private static SectionCase Case(string section) => SectionCase.All.Single(entry => entry.Section == section);

    private static BpfObject Start(SectionCase expected, SectionPlace place) =>
        BpfObjectStarter.Start(Repository.TestProgram("sections"),
            new BpfStartOptions { Programs = [expected.Program], Attachment = place.Options });
}
