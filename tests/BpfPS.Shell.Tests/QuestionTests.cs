namespace BpfPS.Shell.Tests;

public sealed class QuestionTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Confirm_asks_at_the_terminal()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("Get-Thing beta", Terminal.Enter);
        terminal.WaitFor(@"\[Y\] Yes .*: ");
        terminal.Send("?", Terminal.Enter);
        terminal.WaitFor("Y - Continue");
        terminal.Send("y", Terminal.Enter);

        terminal.WaitFor("beta +4");
    }

    [Fact]
    public void A_mandatory_parameter_that_is_missing_is_asked_for()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("Get-Thing -Confirm:$false", Terminal.Enter);
        terminal.WaitFor("Name: ");
        terminal.Send("alpha", Terminal.Enter);

        terminal.WaitFor("alpha +5");
    }

    [Fact]
    public void Control_C_at_a_question_stops_what_asks()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("Get-Thing beta; 'not' + ' here'", Terminal.Enter);
        terminal.WaitFor(@"\[Y\] Yes .*: ");
        terminal.Send(Terminal.ControlC);

        Assert.DoesNotContain("not here", terminal.WaitFor("\n\\W*PS /"));
    }

    [Fact]
    public void Without_a_terminal_a_question_is_an_error_that_says_so()
    {
        var result = ShellProcess.RunCommand(_folder, "Get-Thing beta");

        Assert.Contains("there is no terminal to ask at", result.Error);
    }

    [Fact]
    public void Credentials_are_refused_with_a_way_out()
    {
        var result = ShellProcess.RunCommand(_folder, "Get-Secret");

        Assert.Contains("does not ask for passwords", result.Error);
    }
}
