namespace BpfPS.Module.Tests.Help;

/// <summary>Every example of the documentation runs, and leaves nothing behind.</summary>
public sealed class ExampleTests : KernelTest
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Examples() => Documentation.Examples();

    public override void Dispose()
    {
        base.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_example_runs(string page, string heading)
    {
        using var work = new Work();
        var script = Documentation.Script(page, heading);
        if (script.Contains(".bpf.c", StringComparison.Ordinal))
        {
            RequireCompiler();
            Documentation.WriteSources(_folder);
        }
        Session.Runspace.SessionStateProxy.Path.SetLocation(_folder.Path);

        Session.Show(script); // fails on errors, and formats what comes as a user sees it

        // Before the base class tidies up: examples stop by themselves what they start.
        Assert.Empty(Run("Get-BpfObject").Succeeded().Output);
        NothingIsLeft();
    }
}
