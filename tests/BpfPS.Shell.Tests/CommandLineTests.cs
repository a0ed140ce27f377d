namespace BpfPS.Shell.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-Command")]
    [InlineData("-c")]
    [InlineData("-COMM")]
    [InlineData("--command")]
    public void The_name_of_an_option_may_be_short_and_in_any_case(string option)
    {
        Assert.Equal(["5"], ShellProcess.Run(_folder, ["-noi", option, "2", "+", "3"]).Lines);
    }

    [Theory]
    [InlineData("-no", "-NoImport or -NoLogo or -NonInteractive or -NoProfile")]
    [InlineData("-wrong", "there is no option -wrong")]
    [InlineData("-Command", "-Command needs")]
    public void A_command_line_that_makes_no_sense_is_code_64_and_says_why(string option, string message)
    {
        var result = ShellProcess.Run(_folder, [option]);

        Assert.Equal(64, result.ExitCode);
        Assert.Contains(message, result.Error);
    }

    [Fact]
    public void A_script_gets_its_arguments_by_name_and_by_position()
    {
        var script = _folder.Script("arguments.ps1", """
            param($First, [switch] $Flag, [int] $Number, $Text)
            "$First $Flag $($Number + 1) $Text $args $PSScriptRoot"
            """);

        var result = ShellProcess.Run(_folder, ["-File", script, "a b", "-Flag", "-Number", "41", "-Text:x", "rest"]);

        Assert.Equal([$"a b True 42 x rest {_folder.Root}"], result.Lines);
    }

    [Fact]
    public void A_first_word_that_is_no_option_is_a_script()
    {
        _folder.Script("plain.ps1", "'ran with ' + $args[0]");

        Assert.Equal(["ran with me"], ShellProcess.Run(_folder, ["./plain.ps1", "me"]).Lines);
    }

    [Fact]
    public void A_script_that_is_not_there_is_code_64()
    {
        var result = ShellProcess.Run(_folder, ["-File", "nowhere.ps1"]);

        Assert.Equal(64, result.ExitCode);
        Assert.Contains("nowhere.ps1", result.Error);
    }

    [Theory]
    [InlineData("-Command", "-")]
    [InlineData("-NoLogo")]
    public void Standard_input_runs_as_a_script_and_without_a_prompt(params string[] arguments)
    {
        var result = ShellProcess.Run(_folder, arguments, input: "function f {\n  'in f'\n}\nf\n\"$(Get-Module)\"\n");

        Assert.Equal(["in f", "BpfPS"], result.Lines);
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("function f { exit 8 }; f; 'not here'", 8)]
    [InlineData("throw 'x'", 1)]
    [InlineData("/bin/false", 1)]
    [InlineData("/bin/false; 1", 0)]
    [InlineData("No-Such", 1)]
    [InlineData("Select-Object", 1)]
    [InlineData("1", 0)]
    public void The_exit_code_of_a_command_is_what_exit_says_or_how_the_last_one_fared(string command, int code)
    {
        Assert.Equal(code, ShellProcess.Run(_folder, ["-NoImport", "-Command", command]).ExitCode);
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("throw 'x'", 1)]
    [InlineData("/bin/false", 0)]
    [InlineData("if (", 1)]
    public void The_exit_code_of_a_script_is_what_exit_says_or_1_after_a_terminating_error(string text, int code)
    {
        Assert.Equal(code, ShellProcess.Run(_folder, ["-NoImport", "-File", _folder.Script("code.ps1", text)]).ExitCode);
    }

    [Fact]
    public void The_version_names_the_shell_and_its_engine()
    {
        Assert.Matches(@"^bpfps-shell \d+\.\d+\.\d+, PowerShell engine 7\.6\.\d+\n$", ShellProcess.Run(_folder, ["-v"]).Output);
    }
}
