namespace BpfPS.Shell.Tests;

public sealed class FullPowerShellTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("1..3 | Select-Object -First 1", "Select-Object")]
    [InlineData("1..3 | select -First 1", "Select-Object")]
    [InlineData("sort-object", "Sort-Object")]
    [InlineData("Get-ChildItem", "Get-ChildItem")]
    [InlineData("ConvertTo-Json 1", "ConvertTo-Json")]
    [InlineData("Write-Host hello", "Write-Host")]
    [InlineData("try { Get-Member } catch { throw }", "Get-Member")]
    public void An_everyday_cmdlet_that_is_missing_is_said_to_be_part_of_pwsh(string command, string name)
    {
        var result = ShellProcess.Run(_folder, ["-NoImport", "-Command", command]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{name} is part of the full PowerShell (pwsh 7.6); this embedded engine does not have it.", result.Error);
        Assert.Contains("Here: ", result.Error);
        Assert.Contains("install pwsh", result.Error);
    }

    [Fact]
    public void A_command_that_nobody_has_gets_the_engines_own_message()
    {
        var result = ShellProcess.Run(_folder, ["-NoImport", "-Command", "Get-Nonsense"]);

        Assert.Contains("The term 'Get-Nonsense' is not recognized", result.Error);
        Assert.DoesNotContain("pwsh", result.Error);
    }

    [Fact]
    public void A_missing_cmdlet_stays_missing_for_scripts_that_ask()
    {
        var result = ShellProcess.Run(_folder, ["-NoImport", "-Command", """
            $null -eq (Get-Command Select-Object -ErrorAction Ignore)
            try { Select-Object } catch [System.Management.Automation.CommandNotFoundException] { "caught $($_.Exception.CommandName)" }
            """]);

        Assert.Equal(["True", "caught Select-Object"], result.Lines);
    }

    [Fact]
    public void Nothing_of_a_pipeline_starts_when_one_of_its_cmdlets_is_missing()
    {
        ShellProcess.RunCommand(_folder, "Watch-Thing | Sort-Object");

        Assert.Equal(["module removed"], _folder.Log);
    }

    [Fact]
    public void No_cmdlet_that_is_called_missing_is_there()
    {
        var help = ShellProcess.Run(_folder, ["-Help"]).Output;
        var there = ShellProcess.Run(_folder, ["-NoImport", "-Command", "(Get-Command -CommandType Cmdlet).Name"]).Lines;

        var first = help.IndexOf("Microsoft.PowerShell.Utility", StringComparison.Ordinal);
        var last = help.IndexOf("Everything of BpfPS", StringComparison.Ordinal);
        var missing = help[first..last].Split((char[]?)null);
        Assert.NotEmpty(there);
        Assert.Contains("Sort-Object", missing);
        Assert.Empty(missing.Intersect(there));
    }

    [Fact]
    public void The_help_fits_a_terminal_of_80_columns()
    {
        Assert.All(ShellProcess.Run(_folder, ["-Help"]).Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }
}
