namespace BpfPS.Shell.Tests;

public sealed class ModuleTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_module_is_imported_by_its_name_and_its_folder_comes_first_on_PSModulePath()
    {
        var result = ShellProcess.RunCommand(_folder, "Get-Module | ForEach-Object { \"$($_.Name) $($_.Version)\" }; $env:PSModulePath.Split(':')[0]");

        Assert.Equal(["BpfPS 1.2.3", Path.GetDirectoryName(_folder.Module)!], result.Lines);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/BpfPS.psd1")]
    public void Module_may_name_the_folder_or_the_manifest(string suffix)
    {
        var result = ShellProcess.Run(
            _folder,
            ["-Module", _folder.Module + suffix, "-Command", "(Get-Module).Name"],
            environment: new Dictionary<string, string?> { ["BPFPS_MODULE_PATH"] = "/nowhere" });

        Assert.Equal(["BpfPS"], result.Lines);
    }

    [Fact]
    public void A_module_that_is_not_there_is_an_error_and_code_1()
    {
        var result = ShellProcess.Run(_folder, ["-Module", "/nowhere/BpfPS", "-Command", "'not run'"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("/nowhere/BpfPS, which does not exist", result.Error);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void A_module_that_does_not_load_is_an_error_and_code_1()
    {
        File.WriteAllText(Path.Combine(_folder.Module, "BpfPS.psm1"), "throw 'cannot load'");

        var result = ShellProcess.RunCommand(_folder, "'not run'");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("cannot load", result.Error);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void NoImport_starts_without_the_module()
    {
        Assert.Empty(ShellProcess.Run(_folder, ["-NoImport", "-Command", "Get-Module"]).Output);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("exit 3")]
    [InlineData("throw 'x'")]
    public void The_module_is_removed_when_the_shell_ends_so_that_its_cleanup_runs(string command)
    {
        ShellProcess.RunCommand(_folder, command);

        Assert.Equal(["module removed"], _folder.Log);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_stops_the_pipeline_and_runs_the_modules_cleanup(string signal, int code)
    {
        using var shell = ShellProcess.Start(_folder, ["-Command", "Watch-Thing; 'not here'"]);
        shell.ReadLine();
        shell.Signal(signal);

        var result = shell.Finish();

        Assert.Equal(code, result.ExitCode);
        Assert.Empty(result.Error);
        Assert.DoesNotContain("not here", result.Output);
        Assert.Equal(["watch ended", "module removed"], _folder.Log);
    }

    [Fact]
    public void A_signal_ends_a_shell_that_waits_for_its_standard_input()
    {
        using var shell = ShellProcess.Start(_folder, ["-NoImport", "-Command", "'ready'; $Host.UI.ReadLine()"]);
        shell.ReadLine();
        shell.Signal("TERM");

        Assert.Equal(143, shell.Finish().ExitCode);
    }
}
