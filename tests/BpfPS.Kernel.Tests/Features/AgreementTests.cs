using BpfPS.Attach;
using BpfPS.Features;
using BpfPS.Kernel.Tests.Hooks;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Features;

/// <summary>
/// What the kernel and libbpf are said to be able to do, what an object is said to need, and what starting it does: the same on every
/// section that libbpf knows, with whatever kernel and libbpf is here.
/// </summary>
public sealed class AgreementTests : IClassFixture<NothingLeft>, IClassFixture<TestNetwork>
{
    private readonly TestNetwork _network;

    public AgreementTests(TestNetwork network)
    {
        Live.Require();
        _network = network;
    }

    // There is no receiver for lirc_mode2 on any machine of the suite, so nothing shows whether it could be attached.
    public static TheoryData<string> Sections => [.. Names.Where(section => !section.StartsWith(Netkit, StringComparison.Ordinal))];

    // Where no such interface can be made, nothing shows whether its programs work; the guests can.
    public static TheoryData<string> NetkitSections => [.. Names.Where(section => section.StartsWith(Netkit, StringComparison.Ordinal))];

    private const string Netkit = "netkit";

    private static IEnumerable<string> Names => SectionCase.All.Where(entry => entry.CannotBe is null).Select(entry => entry.Section);

    [GuestTheory]
    [MemberData(nameof(NetkitSections))]
    public void A_section_for_netkit_is_said_to_work_if_and_only_if_a_program_of_it_starts(string section) =>
        A_section_is_said_to_work_if_and_only_if_a_program_of_it_starts(section);

    [Theory]
    [MemberData(nameof(Sections))]
    public void A_section_is_said_to_work_if_and_only_if_a_program_of_it_starts(string section)
    {
        var expected = SectionCase.All.Single(entry => entry.Section == section);
        using var place = new SectionPlace(_network, expected);
        Assert.SkipWhen(section.StartsWith(Netkit, StringComparison.Ordinal) && !place.HasNetkit, "ip makes no netkit interfaces here");

        var refusal = Start(expected, place);
        var rows = BpfRequirements.Check(Repository.TestProgram("sections"), attach: true, [expected.Program]);

        var verdict = FeatureVerdict.On(rows);
        Assert.True((verdict.Support == BpfSupport.Yes) == (refusal is null) && verdict.Support != BpfSupport.Unknown,
            $"start: {refusal ?? "yes"}; test: {verdict.Support}, {verdict.Decisive?.Name}: {verdict.Decisive?.Reason}");
        // The sections of programs that may sleep share the attach type of those that may not, and are not supported everywhere.
        foreach (var row in rows.Where(row => row.Category == BpfFeatureCategory.AttachType
            && BpfFeatures.Names(BpfFeatureCategory.AttachType).Contains(row.Name)
            && !section.Contains(".s", StringComparison.Ordinal)))
        {
            var answer = BpfFeatures.Get(BpfFeatureCategory.AttachType, row.Name);
            Assert.True((answer.Support == BpfSupport.Yes) == (refusal is null),
                $"start: {refusal ?? "yes"}; get: {answer.Support}, {answer.Name}: {answer.Reason}");
        }
    }

    [Fact]
    public void Of_two_programs_for_one_hook_the_one_that_starts_is_the_one_that_is_tested()
    {
        using var obj = Live.Start(Repository.TestProgram("alternatives"));

        Assert.Equal("newer", Assert.Single(obj.Programs).Name);
        Assert.Equal("tp_btf/sys_enter", Assert.Single(BpfRequirements.Check(Repository.TestProgram("alternatives")), row =>
            row.Category == BpfFeatureCategory.AttachType).Value);
    }

    [Fact]
    public void The_version_of_libbpf_that_an_attach_type_needs_is_that_of_its_section()
    {
        foreach (var kind in AttachKind.All)
        {
            var words = kind.Words.Append(kind.Name)
                .Where(word => KnownSections.All.Contains(word) || KnownSections.All.Contains($"{word}+")).ToArray();
            Assert.All(words.Where(word => !word.StartsWith("struct_ops", StringComparison.Ordinal)), word =>
                Assert.Equal((word, KnownSections.IsDeclared(word) ? null : KnownSections.Since(word)), (word, kind.Library)));
        }
    }

    /// <summary>Starts the program; null if it was attached, otherwise the error.</summary>
    private static string? Start(SectionCase expected, SectionPlace place)
    {
        try
        {
            BpfObjectStarter.Start(Repository.TestProgram("sections"),
                new BpfStartOptions { Programs = [expected.Program], Attachment = place.Options }).Dispose();
            return null;
        }
        catch (BpfException e)
        {
            return e.Message;
        }
    }
}
