namespace BpfPS.Module.Tests.Module;

public sealed class ImportTests : IDisposable
{
    private static readonly string[] s_cmdlets =
    [
        "Get-BpfMap", "Get-BpfMapEntry", "Get-BpfObject", "Get-BpfPin", "Get-BpfProgram", "Get-BpfStack", "Get-BpfTool",
        "Measure-BpfEvent", "Register-BpfEvent", "Save-BpfMapPin", "Start-BpfProgram", "Stop-BpfProgram", "Watch-BpfEvent",
    ];

    private readonly Session _session = new(import: false);

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("BpfPS")]
    [InlineData("BpfPS/BpfPS.psd1")]
    public void The_module_is_imported_by_its_path(string below)
    {
        _session.Run($"Import-Module '{Path.GetDirectoryName(Repository.Module)}/{below}'").Succeeded();

        var exported = _session.Run("Get-Command -Module BpfPS").Succeeded().Output.Select<string>("Name");
        Assert.Superset(s_cmdlets.ToHashSet(), exported.ToHashSet());
    }

    [Fact]
    public void The_module_is_imported_by_its_name_from_a_folder_of_PSModulePath()
    {
        var before = Environment.GetEnvironmentVariable("PSModulePath");
        try
        {
            Environment.SetEnvironmentVariable("PSModulePath", Path.GetDirectoryName(Repository.Module));

            Assert.Equal("BpfPS", _session.Run("Import-Module BpfPS; Get-Module BpfPS").Only.Get("Name"));
            // And without being imported: by the name of a cmdlet.
            using var other = new Session(import: false);
            Environment.SetEnvironmentVariable("PSModulePath", Path.GetDirectoryName(Repository.Module));
            Assert.Contains("execsnoop", other.Run("Get-BpfTool").Succeeded().Output.Select<string>("Name"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PSModulePath", before);
        }
    }

    [Fact]
    public void Every_cmdlet_has_an_approved_verb_and_a_noun_of_the_module()
    {
        var warnings = _session.Run($"Import-Module '{Repository.Module}'").Succeeded().Warnings;

        Assert.Empty(warnings); // of an unapproved verb the import warns
        Assert.All(_session.Run("Get-Command -Module BpfPS").Output.Select<string>("Noun"), noun => Assert.StartsWith("Bpf", noun));
    }

    [Fact]
    public void The_cmdlets_work_after_the_module_is_imported_again_with_force()
    {
        _session.Import();
        _session.Run($"Import-Module '{Repository.Module}' -Force").Succeeded();
        _session.Run($"Import-Module '{Repository.Module}' -Force").Succeeded();

        Assert.NotEmpty(_session.Run("Get-BpfTool").Succeeded().Output);
        Assert.Equal("BpfMap", _session.Run("[BpfMap]").Only.Get("Name"));
    }

    [Fact]
    public void The_module_can_be_removed_and_imported_again()
    {
        for (var i = 0; i < 3; i++)
        {
            _session.Import();
            Assert.NotEmpty(_session.Run("Get-BpfTool").Succeeded().Output);
            _session.Run("Remove-Module BpfPS").Succeeded();
            Assert.Equal("CommandNotFoundException", _session.Run("Get-BpfTool").Error.FullyQualifiedErrorId);
        }
    }

    [Theory]
    [InlineData("[BpfMap]")]
    [InlineData("[BpfPS.BpfMap]")]
    [InlineData("[BpfEvent]")]
    [InlineData("[BpfPS.BpfEvent]")]
    [InlineData("[BpfObject]")]
    [InlineData("[BpfVerifierException]")]
    [InlineData("[BpfMap[]]")]
    public void The_types_of_the_module_can_be_named_in_a_script(string type)
    {
        _session.Import();

        _session.Run($"function Test-It {{ param({type} $It) $It }}; Test-It; {type}").Succeeded();
    }

    [Fact]
    public void A_parameter_of_a_type_of_the_module_takes_only_that_type()
    {
        _session.Import();
        _session.Run("function Test-It { param([BpfTool] $Tool) $Tool.Name }").Succeeded();

        Assert.Equal("runqlat", _session.Run("Test-It (Get-BpfTool runqlat)").Only.BaseObject);
        Assert.Equal("ParameterArgumentTransformationError,Test-It", _session.Run("Test-It 'runqlat'").Error.FullyQualifiedErrorId);
    }

    // In processes of their own, and not before it is their turn: the engine remembers types that it has found once.
    [Fact]
    public void The_names_of_types_go_with_the_module()
    {
        var result = Shell.Run("Remove-Module BpfPS; try { & ([scriptblock]::Create('[BpfMap]')) } catch { $_.FullyQualifiedErrorId }")
            .Succeeded();

        Assert.Equal(["TypeNotFound"], result.Lines);
    }

    [Fact]
    public void A_second_session_that_removes_the_module_leaves_the_first_ones_types_alone()
    {
        var result = Shell.Run($$"""
            $second = [powershell]::Create([System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
            $null = $second.AddScript('Import-Module ''{{Repository.Module}}''; Remove-Module BpfPS').Invoke()
            & ([scriptblock]::Create('[BpfMap].Name; [BpfPS.BpfProgram].Name'))
            """).Succeeded();

        Assert.Equal(["BpfMap", "BpfProgram"], result.Lines);
    }

    [Fact]
    public void The_module_is_imported_without_root()
    {
        Machine.RequireKernel();
        Machine.RequireProgram("setpriv");

        var result = Shell.RunWithoutPrivilege("Get-BpfTool | ForEach-Object { $_.Name }").Succeeded();

        Assert.Equal(["execsnoop", "profile", "runqlat"], result.Lines.Intersect(["execsnoop", "profile", "runqlat"]));
    }

    [Fact]
    public void The_module_is_imported_without_libbpf_and_what_needs_it_names_the_package()
    {
        Machine.RequireKernel();
        Machine.RequireProgram("unshare");
        var library = Command.Output("ldconfig", "-p").Split('\n').Where(line => line.Contains("libbpf.so.1"))
            .Select(line => line.Split("=> ")[1].Trim());
        var hide = string.Join(" && ", library.Select(path => $"mount --bind /dev/null $(readlink -f {path})"));

        var result = Shell.RunWithMounts($"{hide} || exit 9", """
            (Get-Module BpfPS).Name
            foreach ($command in
                { Get-BpfTool }, { Get-BpfMap }, { Get-BpfProgram }, { Start-BpfProgram runqlat }, { Watch-BpfEvent execsnoop }) {
                try { $x = & $command }
                catch {
                    $id = $_.FullyQualifiedErrorId -replace ',.*'
                    "$id $($_.CategoryInfo.Category) $($_.Exception.Message) $($_.ErrorDetails.RecommendedAction)"
                }
            }
            Get-BpfObject
            """).Succeeded();

        Assert.Equal("BpfPS", result.Lines[0]);
        Assert.Equal(6, result.Lines.Length);
        Assert.All(result.Lines[1..], line =>
        {
            Assert.StartsWith("BpfDependencyMissing NotInstalled libbpf.so.1 is not installed", line);
            Assert.Contains("apt install libbpf1", line);
        });
    }

    [Fact]
    public void Another_modules_older_logging_library_does_not_get_in_the_way()
    {
        Machine.RequireKernel();
        var foreign = Path.Combine(AppContext.BaseDirectory, "foreign/Microsoft.Extensions.Logging.Abstractions.dll");

        var result = Shell.Run($$"""
            $null = [System.Reflection.Assembly]::LoadFrom('{{foreign}}')
            Import-Module '{{Repository.Module}}'
            $started = Start-BpfProgram '{{Repository.TestProgram("burst")}}' -Verbose 4>$null
            $started.State
            [AppDomain]::CurrentDomain.GetAssemblies() | ForEach-Object { $_.GetName() } |
                Where-Object Name -eq Microsoft.Extensions.Logging.Abstractions | ForEach-Object { "$($_.Version.Major)" }
            """, import: false).Succeeded();

        Assert.Equal("Attached", result.Lines[0]);
        Assert.Equal("6", result.Lines[1]);
        Assert.Equal(3, result.Lines.Length); // ours beside the foreign one
    }
}
