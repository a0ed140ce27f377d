namespace BpfPS.Shell.Tests;

public sealed class OutputTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_object_shows_as_a_table_without_colour_when_the_output_is_no_terminal()
    {
        var result = ShellProcess.RunCommand(_folder, "Get-Thing beta -Confirm:$false");

        Assert.Equal(["Name Length", "---- ------", "beta      4"], result.Lines);
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void A_redirected_table_is_laid_out_for_120_columns_wide_unless_COLUMNS_says_otherwise()
    {
        string[] command = ["-NoImport", "-Command", "[pscustomobject]@{ Long = 'x' * 200; B = 1 }"];

        // The formatter never writes into the last column.
        Assert.Equal(119, WidestLine(ShellProcess.Run(_folder, command)));
        Assert.Equal(59, WidestLine(ShellProcess.Run(_folder, command, environment: new Dictionary<string, string?> { ["COLUMNS"] = "60" })));
    }

    [Fact]
    public void Errors_go_to_standard_error_and_the_other_streams_to_standard_output()
    {
        var result = ShellProcess.RunCommand(_folder, "$DebugPreference = 'Continue'; Write-Streams -Verbose");

        Assert.Equal(["an object", "WARNING: careful", "VERBOSE: in detail", "DEBUG: inside"], result.Lines);
        Assert.Equal("Write-Streams: went wrong", result.Error.Trim());
    }

    [Fact]
    public void An_error_in_a_script_shows_its_place_and_its_line()
    {
        var script = _folder.Script("broken.ps1", "'first'\nGet-Thing nonsense\n");

        var result = ShellProcess.Run(_folder, ["-File", script]);

        Assert.Contains($"{script}:2", result.Error);
        Assert.Contains("2 |  Get-Thing nonsense", result.Error);
        Assert.Equal(["first"], result.Lines);
    }

    [Fact]
    public void A_syntax_error_shows_its_place_and_nothing_runs()
    {
        var result = ShellProcess.RunCommand(_folder, "'first'; foo(");

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains("ParserError", result.Error);
        Assert.Contains("1 |  'first'; foo(", result.Error);
    }

    [Fact]
    public void Progress_is_not_shown_when_it_goes_to_a_file_or_pipe()
    {
        var result = ShellProcess.RunCommand(_folder, "Write-Streams");

        Assert.DoesNotContain("Progressing", result.Output + result.Error);
    }

    [Fact]
    public void A_long_text_breaks_between_words_in_the_C_locale_too()
    {
        var result = ShellProcess.Run(
            _folder,
            ["-NoImport", "-Command", "[pscustomobject]@{ A = 'unbreakable ' * 6; B = 1; C = 2; D = 3; E = [DateTime]::new(2026, 1, 2); F = 1234.5 }"],
            environment: new Dictionary<string, string?> { ["LC_ALL"] = "C.UTF-8", ["COLUMNS"] = "40" });

        Assert.Equal(6, result.Output.Split("unbreakable").Length - 1);
        Assert.Contains("01/02/2026 00:00:00", result.Output);
        Assert.Contains("1234.5", result.Output);
    }

    [Fact]
    public void When_the_reader_goes_the_pipeline_ends_quietly_and_lets_go_of_everything()
    {
        using var shell = ShellProcess.Start(_folder, ["-Command", "Watch-Thing"]);
        Assert.Equal(string.Empty, shell.ReadLine());
        Assert.Equal("Tick", shell.ReadLine().Trim());
        shell.CloseOutput();

        var result = shell.Finish(readOutput: false);

        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Error);
        Assert.Equal(["watch ended", "module removed"], _folder.Log);
    }

    [Fact]
    public void The_functions_help_and_Pause_work_without_the_cmdlets_of_pwsh()
    {
        var result = ShellProcess.Run(_folder, ["-NoImport", "-Command", "help Get-Job; Clear-Host; Pause"], input: "\n");

        Assert.Empty(result.Error);
        Assert.Contains("Get-Job", result.Output);
    }

    [Fact]
    public void Objects_go_to_a_program_as_the_lines_that_they_show_as()
    {
        var result = ShellProcess.RunCommand(_folder, "1..3 | sort -r; Get-Thing beta -Confirm:$false | grep beta");

        Assert.Equal(["3", "2", "1", "beta      4"], result.Lines);
    }

    [Fact]
    public void A_redirection_writes_and_appends_to_a_file_relative_to_the_location()
    {
        var result = ShellProcess.RunCommand(_folder, "cd modules; 'one' > out.txt; 'two' >> ./out.txt; (Get-Location).Path");

        Assert.Equal("one\ntwo\n", File.ReadAllText(Path.Combine(_folder.Root, "modules", "out.txt")));
        Assert.Equal([Path.Combine(_folder.Root, "modules")], result.Lines);
    }

    [Fact]
    public void What_a_child_program_and_the_shell_write_to_one_file_stays_in_order()
    {
        var file = Path.Combine(_folder.Root, "both.txt");
        var result = ShellProcess.Start(_folder, ["-c", $"exec '{ShellProcess.Program}' -NoImport -c \"1; /bin/echo 2; 3\" > '{file}'"], program: "/bin/sh").Finish();

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("1\n2\n3\n", File.ReadAllText(file));
    }

    private static int WidestLine(ShellResult result) => result.Output.Split('\n').Max(line => line.TrimEnd().Length);
}
