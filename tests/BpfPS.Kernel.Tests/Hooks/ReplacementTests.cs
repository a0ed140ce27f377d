using System.Globalization;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Functions of loaded programs that are replaced (freplace). What bpftool's test run gives tells which one runs.</summary>
public sealed class ReplacementTests : IClassFixture<NothingLeft>
{
    private const int Drop = 1; // XDP_DROP
    private const int Pass = 2; // XDP_PASS

    public ReplacementTests() => Live.Require();

    [GuestTheory]
    [InlineData("drop", "{0}:verdict")]
    [InlineData("drop_by_section", "{0}")]
    [InlineData("drop_by_section", "ask_for_verdict")]
    public void A_function_of_a_loaded_program_is_replaced_as_long_as_the_object_is_started(string program, string target)
    {
        using var replaced = Replaceable();
        var id = replaced.Programs[0].Id;
        Assert.Equal(Pass, Verdict(id));
        using (var obj = Start(program, string.Format(CultureInfo.InvariantCulture, target, id)))
        {
            Assert.Equal(Drop, Verdict(id));
            var link = Assert.Single(BpfLink.Of(obj));
            Assert.Equal(("tracing", "verdict", id), (link.Type, link.Function, link.TargetProgramId!.Value));
            Assert.Equal($"verdict of program ask_for_verdict (id {id})", link.Target);
            Assert.Equal(id, LinkInformation.TargetObjectId(link.Id!.Value));

            var error = Assert.Throws<BpfException>(() => Start("drop", $"{id}:verdict"));
            Assert.Equal(BpfErrorKind.AlreadyExists, error.Kind);
            Assert.Equal(Drop, Verdict(id));
        }
        Assert.Equal(Pass, Verdict(id));
    }

    [AbsenceTheory]
    [InlineData("drop", "{0}:verdict")]
    [InlineData("drop_by_section", "{0}")]
    [InlineData("drop_by_section", "ask_for_verdict")]
    public void A_replacement_is_refused_with_a_clear_error_where_the_kernel_does_not_have_it(string program, string target)
    {
        using var replaced = Replaceable();
        var id = replaced.Programs[0].Id;
        SwitchedHook.RequireRefusal("replacement", program, "verdict", Bpftool.Text(id));

        SwitchedHook.Refuses("replacement", new BpfAttachOptions { Target = string.Format(CultureInfo.InvariantCulture, target, id) },
            program);
        Assert.Equal(Pass, Verdict(id));
    }

    [Fact]
    public void A_function_that_the_program_does_not_have_names_those_that_are_called_alike()
    {
        using var replaced = Replaceable();
        foreach (var (program, target) in ((string, string)[])[("misspelt", $"{replaced.Programs[0].Id}"),
            ("drop", $"{replaced.Programs[0].Id}:verdct")])
        {
            var error = Assert.Throws<BpfException>(() => Start(program, target));
            Assert.Equal(BpfErrorKind.NotFound, error.Kind);
            Assert.Contains("there is no function 'verdct' in program ask_for_verdict", error.Message, StringComparison.Ordinal);
            Assert.Equal("Similar names: verdict.", error.Remedy);
        }
        Assert.Contains("ask_for_verdict", Assert.Throws<BpfException>(() => Start("drop_by_section", "ask_for_verdct")).Remedy,
            StringComparison.Ordinal);
        Assert.Contains("4294967294", Assert.Throws<BpfException>(() => Start("drop_by_section", "4294967294")).Message,
            StringComparison.Ordinal);
    }

    [GuestFact]
    public void A_function_of_another_form_is_refused_with_the_reason()
    {
        using var replaced = Replaceable();
        var error = Assert.ThrowsAny<BpfException>(() => Start("take_numbers", $"{replaced.Programs[0].Id}"));
        Assert.Contains("verdict", Assert.IsType<BpfVerifierException>(error).Log, StringComparison.Ordinal);
        Assert.Equal(Pass, Verdict(replaced.Programs[0].Id));
    }

    private static BpfObject Replaceable() =>
        BpfObjectStarter.Start(Repository.TestProgram("replaceable"), new BpfStartOptions { Attach = false });

    private static BpfObject Start(string program, string target) =>
        BpfObjectStarter.Start(Repository.TestProgram("replacement"),
            new BpfStartOptions { Programs = [program], Attachment = new BpfAttachOptions { Target = target } });

    private static int Verdict(uint program)
    {
        var packet = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(packet, new byte[64]);
            return Bpftool.Json("prog", "run", "id", Bpftool.Text(program), "data_in", packet).GetProperty("retval").GetInt32();
        }
        finally
        {
            File.Delete(packet);
        }
    }
}
