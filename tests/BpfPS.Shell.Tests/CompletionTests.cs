namespace BpfPS.Shell.Tests;

public sealed class CompletionTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Get-Thi", "Get-Thing")]
    [InlineData("Get-Thing -Na", "Get-Thing -Name")]
    [InlineData("Get-Thing be", "Get-Thing beta")]
    [InlineData("[Math]::Roun", "[Math]::Round(")]
    [InlineData("$x = 'a'; $x.Leng", "$x.Length")]
    [InlineData("cd modu", "cd ./modules/")]
    [InlineData("cat /etc/hostn", "cat /etc/hostname")]
    public void Tab_completes(string typed, string expected)
    {
        using var terminal = new Terminal(_folder);
        terminal.Send(typed);
        terminal.WaitFor(System.Text.RegularExpressions.Regex.Escape(typed));
        terminal.Send(Terminal.Tab);

        terminal.WaitFor(System.Text.RegularExpressions.Regex.Escape(expected));
    }

    [Fact]
    public void Tab_goes_as_far_as_all_have_in_common_and_then_lists_the_choices()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("Get-Thing al", Terminal.Tab);
        terminal.WaitFor("Get-Thing alpha");
        terminal.Send(Terminal.Tab);

        terminal.WaitFor(@"alpha +alphabet\s+PS /.*Get-Thing alpha");
    }

    [Fact]
    public void Tab_without_anything_to_complete_leaves_the_line_as_it_is()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("'no such thing' -replace 'x", Terminal.Tab, "'", Terminal.Enter);

        terminal.WaitFor("\nno such thing");
    }
}
