namespace BpfPS.Shell.Tests;

public sealed class PromptTests : IDisposable
{
    private const string Backspace = "\u007f";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_prompt_greets_with_the_version_and_says_what_is_not_there()
    {
        using var terminal = new Terminal(_folder);

        Assert.Matches(@"bpfps-shell \d", terminal.Raw);
        Assert.Contains("no Select-, Sort-, Group-Object", terminal.Raw);
    }

    [Fact]
    public void NoLogo_keeps_the_prompt_from_greeting()
    {
        using var terminal = new Terminal(_folder, "-NoLogo");

        Assert.DoesNotContain("bpfps-shell -Help", terminal.Raw);
    }

    [Fact]
    public void A_command_runs_and_the_prompt_comes_back()
    {
        using var terminal = new Terminal(_folder);

        Assert.Contains("\n42", terminal.Run("40 + 2"));
    }

    [Fact]
    public void Output_is_coloured_at_a_terminal()
    {
        using var terminal = new Terminal(_folder);
        terminal.Run("@{ a = 1 }");

        Assert.Contains("\e[32;1mName", terminal.Raw);
    }

    [Fact]
    public void NO_COLOR_turns_the_colour_off()
    {
        using var terminal = new Terminal(_folder, environment: new Dictionary<string, string?> { ["NO_COLOR"] = "1" });
        terminal.Run("@{ a = 1 }");
        terminal.Run("Get-Nonsense");

        Assert.DoesNotMatch(@"\e\[[0-9;]*3[0-9;]*m", terminal.Raw);
    }

    [Fact]
    public void Control_C_stops_what_runs_and_not_the_shell()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("Watch-Thing", Terminal.Enter);
        terminal.WaitFor("----");
        terminal.Send(Terminal.ControlC);
        terminal.WaitForPrompt();

        Assert.Contains("\n42", terminal.Run("40 + 2"));
        Assert.Equal(["watch ended"], _folder.Log);
    }

    [Fact]
    public void Control_C_stops_a_child_program_and_not_the_shell()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("sh -c 'printf be%s gun; exec sleep 1000'", Terminal.Enter);
        terminal.WaitFor("begun");
        terminal.Send(Terminal.ControlC);
        terminal.WaitForPrompt();

        Assert.Contains("\n42", terminal.Run("40 + 2"));
    }

    [Fact]
    public void Control_C_drops_the_line_that_is_being_typed()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("'not' + ' run'");
        terminal.WaitFor("' run'");
        terminal.Send(Terminal.ControlC);
        terminal.WaitForPrompt();

        Assert.DoesNotContain("not run", terminal.Run("40 + 2"));
    }

    [Fact]
    public void Control_D_leaves_and_the_modules_cleanup_runs()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send(Terminal.ControlD);

        Assert.Equal(0, terminal.WaitForExit());
        Assert.Equal(["module removed"], _folder.Log);
    }

    [Fact]
    public void Exit_leaves_with_its_code()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("exit 7", Terminal.Enter);

        Assert.Equal(7, terminal.WaitForExit());
        Assert.Equal(["module removed"], _folder.Log);
    }

    [Fact]
    public void SIGTERM_at_the_prompt_leaves_and_the_modules_cleanup_runs()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("'number ' + $PID", Terminal.Enter);
        var number = terminal.WaitFor(@"number \d+(?=\s)").Split(' ')[^1];

        Command.Output("kill", "-TERM", number);

        Assert.Equal(143, terminal.WaitForExit());
        Assert.Equal(["module removed"], _folder.Log);
    }

    [Fact]
    public void A_statement_that_is_not_complete_goes_on_in_the_next_line()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("if ($true) {", Terminal.Enter);
        terminal.WaitFor(">> ");
        terminal.Send("'in' + 'side'", Terminal.Enter);
        terminal.WaitFor(">> ");
        terminal.Send("}", Terminal.Enter);

        terminal.WaitFor("\ninside");
    }

    [Fact]
    public void What_is_pasted_is_inserted_as_a_whole_and_runs_only_on_Enter()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("\e[200~'on' + 'e'\r\n'tw' + 'o'\r\n\e[201~");
        var pasted = terminal.WaitFor(">> \r?$");
        Assert.DoesNotContain("one", pasted);
        terminal.Send(Terminal.Enter);

        terminal.WaitFor("\none\\s+two");
    }

    [Fact]
    public void A_text_wider_than_the_terminal_can_be_edited_at_its_start()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("'" + new string('x', 150) + "'.Length", Terminal.Home, "1 + ", Terminal.Enter);

        terminal.WaitFor("\n151");
    }

    [Fact]
    public void A_character_of_several_code_units_is_deleted_as_one()
    {
        using var terminal = new Terminal(_folder);
        terminal.Send("'a😀é日' + '!'");
        terminal.Send([.. Enumerable.Repeat(Terminal.Left, "' + '!'".Length), .. Enumerable.Repeat(Backspace, 3), Terminal.Enter]);

        terminal.WaitFor("\na!");
    }

    [Fact]
    public void An_output_without_a_line_end_does_not_run_into_the_prompt()
    {
        using var terminal = new Terminal(_folder);

        terminal.Send("printf abc", Terminal.Enter);

        terminal.WaitFor("\nabc\u23ce +\r+PS /");
    }

    [Fact]
    public void Progress_shows_at_the_terminal_and_is_wiped_before_other_output()
    {
        using var terminal = new Terminal(_folder);
        terminal.Run("Write-Streams");

        Assert.Contains("\r\e[KProgressing  50%: halfway\r\e[K", terminal.Raw);
    }
}
