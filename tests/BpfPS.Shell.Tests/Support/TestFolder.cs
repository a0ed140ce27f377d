namespace BpfPS.Shell.Tests.Support;

/// <summary>A folder for one test, with a module in it that the shell can import in place of BpfPS.</summary>
public sealed class TestFolder : IDisposable
{
    private const string ModuleCode = """
        function Get-Thing {
            [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
            param([Parameter(Mandatory)] [ValidateSet('alpha', 'alphabet', 'beta')] $Name)
            if ($PSCmdlet.ShouldProcess($Name)) { [pscustomobject]@{ Name = $Name; Length = $Name.Length } }
        }
        function Watch-Thing {
            [CmdletBinding()] param()
            try { while ($true) { [pscustomobject]@{ Tick = 1 }; [System.Threading.Thread]::Sleep(20) } }
            finally { [System.IO.File]::AppendAllText($env:TEST_LOG, "watch ended`n") }
        }
        function Write-Streams {
            [CmdletBinding()] param()
            $PSCmdlet.WriteObject('an object')
            $PSCmdlet.WriteWarning('careful')
            $PSCmdlet.WriteVerbose('in detail')
            $PSCmdlet.WriteDebug('inside')
            $progress = [System.Management.Automation.ProgressRecord]::new(1, 'Progressing', 'halfway')
            $progress.PercentComplete = 50
            $PSCmdlet.WriteProgress($progress)
            $record = [System.Management.Automation.ErrorRecord]::new([Exception]::new('went wrong'), 'Wrong', 'NotSpecified', $null)
            $PSCmdlet.WriteError($record)
        }
        function Get-Secret {
            [CmdletBinding()] param()
            $Host.UI.PromptForCredential('c', 'm', 'u', 't')
        }
        $MyInvocation.MyCommand.ScriptBlock.Module.OnRemove = { [System.IO.File]::AppendAllText($env:TEST_LOG, "module removed`n") }
        """;

    /// <summary>Makes the folder and the module.</summary>
    public TestFolder()
    {
        Root = Directory.CreateTempSubdirectory("bpfps-shell-").FullName;
        Module = Path.Combine(Root, "modules", "BpfPS");
        Directory.CreateDirectory(Module);
        File.WriteAllText(Path.Combine(Module, "BpfPS.psd1"), """
            @{
                RootModule = 'BpfPS.psm1'
                ModuleVersion = '1.2.3'
                GUID = 'b6d4f8b0-6a8f-4a53-9e0e-0d0d6fbd3f5e'
                FunctionsToExport = 'Get-Thing', 'Watch-Thing', 'Write-Streams', 'Get-Secret'
            }
            """);
        File.WriteAllText(Path.Combine(Module, "BpfPS.psm1"), ModuleCode);
    }

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>The module's folder.</summary>
    public string Module { get; }

    /// <summary>Where the shell keeps its history.</summary>
    public string History => Path.Combine(Root, "state", "bpfps", "history");

    /// <summary>What the module has noted about its end, line by line.</summary>
    public string[] Log => File.Exists(LogPath) ? File.ReadAllLines(LogPath) : [];

    /// <summary>The environment in which the shell finds all this.</summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["BPFPS_MODULE_PATH"] = Module,
        ["XDG_STATE_HOME"] = Path.Combine(Root, "state"),
        ["TEST_LOG"] = LogPath,
        ["COLUMNS"] = null,
        ["NO_COLOR"] = null,
        ["TERM"] = "xterm-256color",
    };

    private string LogPath => Path.Combine(Root, "log");

    /// <summary>Writes a script into the folder.</summary>
    /// <returns>Its path.</returns>
    public string Script(string name, string text)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Root, recursive: true);
}
