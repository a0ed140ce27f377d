namespace BpfPS.Shell.Tests;

public sealed class HistoryTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Commands_are_kept_in_a_file_that_only_the_user_may_read()
    {
        using var terminal = new Terminal(_folder);
        terminal.Run("40 + 2");
        terminal.Run("40 + 2");
        terminal.Run(" 'a secret'");

        Assert.Equal(["40 + 2"], File.ReadAllLines(_folder.History));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.History));
    }

    [Fact]
    public void The_arrows_bring_back_the_commands_of_an_earlier_session()
    {
        using (var earlier = new Terminal(_folder))
        {
            earlier.Run("40 + 2");
        }

        using var terminal = new Terminal(_folder);
        terminal.Send(Terminal.Up);
        terminal.WaitFor(@"40 \+ 2");
        terminal.Send(Terminal.Enter);

        terminal.WaitFor("\n42");
    }

    [Fact]
    public void A_command_of_several_lines_comes_back_as_one()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.History)!);
        File.WriteAllText(_folder.History, "if (1) {\\n'in' + 'side' }\n'a\\\\nb'\n");

        using var terminal = new Terminal(_folder);
        terminal.Send(Terminal.Up);
        terminal.WaitFor(@"'a\\nb'");
        terminal.Send(Terminal.Up, Terminal.Enter);

        terminal.WaitFor("\ninside");
    }

    [Fact]
    public void Control_R_searches_the_history()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.History)!);
        File.WriteAllText(_folder.History, "'find' + 'me'\n'not' + 'that'\n");

        using var terminal = new Terminal(_folder);
        terminal.Send(Terminal.ControlR, "FIND");
        terminal.WaitFor(@"\(history: FIND\) 'find' \+ 'me'");
        terminal.Send(Terminal.Enter);

        terminal.WaitFor("\nfindme");
    }

    [Fact]
    public void Two_sessions_at_once_both_keep_their_commands()
    {
        using var one = new Terminal(_folder);
        using var other = new Terminal(_folder);
        one.Run("1 + 1");
        other.Run("2 + 2");
        one.Run("3 + 3");

        Assert.Equal(["1 + 1", "2 + 2", "3 + 3"], File.ReadAllLines(_folder.History));
    }

    [Fact]
    public void The_file_does_not_grow_without_bound()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.History)!);
        File.WriteAllLines(_folder.History, Enumerable.Range(1, 5000).Select(number => $"{number}"));

        using var terminal = new Terminal(_folder);
        terminal.Run("'last'");

        var lines = File.ReadAllLines(_folder.History);
        Assert.Equal(2001, lines.Length);
        Assert.Equal(("3001", "5000", "'last'"), (lines[0], lines[^2], lines[^1]));
    }
}
