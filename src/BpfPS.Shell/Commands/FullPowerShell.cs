namespace BpfPS.Shell.Commands;

/// <summary>The everyday cmdlets that only the full PowerShell has, and what to do here instead.</summary>
internal static class FullPowerShell
{
    // The command line modules of PowerShell 7.6 on Linux whose assemblies no package has.
    private static readonly (string Module, string Cmdlets)[] Modules =
    [
        ("Microsoft.PowerShell.Utility", """
            Add-Member Add-Type Clear-Variable Compare-Object ConvertFrom-CliXml ConvertFrom-Csv ConvertFrom-Json ConvertFrom-Markdown
            ConvertFrom-StringData ConvertTo-CliXml ConvertTo-Csv ConvertTo-Html ConvertTo-Json ConvertTo-Xml Debug-Runspace
            Disable-PSBreakpoint Disable-RunspaceDebug Enable-PSBreakpoint Enable-RunspaceDebug Export-Alias Export-Clixml Export-Csv
            Export-FormatData Export-PSSession Format-Custom Format-Hex Format-List Format-Table Format-Wide Get-Alias Get-Culture
            Get-Date Get-Error Get-Event Get-EventSubscriber Get-FileHash Get-FormatData Get-Host Get-MarkdownOption Get-Member
            Get-PSBreakpoint Get-PSCallStack Get-Random Get-Runspace Get-RunspaceDebug Get-SecureRandom Get-TraceSource Get-TypeData
            Get-UICulture Get-Unique Get-Uptime Get-Variable Get-Verb Group-Object Import-Alias Import-Clixml Import-Csv
            Import-LocalizedData Import-PowerShellDataFile Import-PSSession Invoke-Expression Invoke-RestMethod Invoke-WebRequest
            Join-String Measure-Command Measure-Object New-Alias New-Event New-Guid New-Object New-TemporaryFile New-TimeSpan
            New-Variable Read-Host Register-EngineEvent Register-ObjectEvent Remove-Alias Remove-Event Remove-PSBreakpoint
            Remove-TypeData Remove-Variable Select-Object Select-String Select-Xml Send-MailMessage Set-Alias Set-Date
            Set-MarkdownOption Set-PSBreakpoint Set-TraceSource Set-Variable Show-Markdown Sort-Object Start-Sleep Tee-Object
            Test-Json Trace-Command Unblock-File Unregister-Event Update-FormatData Update-List Update-TypeData Wait-Debugger
            Wait-Event Write-Debug Write-Error Write-Host Write-Information Write-Output Write-Progress Write-Verbose Write-Warning
            """),
        ("Microsoft.PowerShell.Management", """
            Add-Content Clear-Content Clear-Item Clear-ItemProperty Convert-Path Copy-Item Copy-ItemProperty Debug-Process
            Get-ChildItem Get-Content Get-Item Get-ItemProperty Get-ItemPropertyValue Get-Process Get-PSDrive Get-PSProvider
            Get-TimeZone Invoke-Item Join-Path Move-Item Move-ItemProperty New-Item New-ItemProperty New-PSDrive Pop-Location
            Push-Location Remove-Item Remove-ItemProperty Remove-PSDrive Rename-Item Rename-ItemProperty Resolve-Path
            Restart-Computer Set-Content Set-Item Set-ItemProperty Split-Path Start-Process Stop-Computer Stop-Process
            Test-Connection Test-Path Wait-Process
            """),
        ("Microsoft.PowerShell.Security", """
            ConvertFrom-SecureString ConvertTo-SecureString Get-Credential Get-ExecutionPolicy Get-PfxCertificate
            Set-ExecutionPolicy
            """),
        ("Microsoft.PowerShell.Archive", "Compress-Archive Expand-Archive"),
        ("Microsoft.PowerShell.Host", "Start-Transcript Stop-Transcript"),
        ("ThreadJob", "Start-ThreadJob"),
    ];

    private static readonly HashSet<string> Names = new(
        Modules.SelectMany(module => module.Cmdlets.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
        StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, string> Instead = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Select-Object"] = "pipe into ForEach-Object { $_.Name } for a property, or index a list: @(...)[0..9]",
        ["Sort-Object"] = "[System.Linq.Enumerable]::OrderBy($list, [Func[object,object]]{ $args[0].Name }), or pipe into the program sort",
        ["Group-Object"] = "count into a hashtable: ... | ForEach-Object { $n[$_.Name]++ }, with $n = @{} before",
        ["Measure-Object"] = "@(...).Count, or sum in ForEach-Object { $sum += $_.Length }",
        ["Format-Table"] = "objects show as their table without it; pipe into ForEach-Object { \"$($_.A) $($_.B)\" } for other columns",
        ["Format-List"] = "pipe into ForEach-Object { $_.psobject.Properties } to see every property",
        ["Export-Csv"] = "pipe into ForEach-Object { \"$($_.A),$($_.B)\" } and redirect with >",
        ["ConvertTo-Json"] = "[System.Text.Json.JsonSerializer]::Serialize($object)",
        ["ConvertFrom-Json"] = "[System.Text.Json.Nodes.JsonNode]::Parse($text)",
        ["Get-Member"] = "$object.psobject.Members, or $object.GetType().GetProperties().Name",
        ["Write-Host"] = "write the string itself: \"text\", or $Host.UI.WriteLine('text')",
        ["Write-Output"] = "write the object itself: $object",
        ["Write-Warning"] = "$Host.UI.WriteWarningLine('text')",
        ["Write-Error"] = "throw 'text', or $Host.UI.WriteErrorLine('text')",
        ["Read-Host"] = "$Host.UI.ReadLine()",
        ["Start-Sleep"] = "the program sleep, or [System.Threading.Thread]::Sleep(1000)",
        ["Get-Date"] = "[DateTime]::Now",
        ["New-Object"] = "[Type]::new()",
        ["Measure-Command"] = "[System.Diagnostics.Stopwatch]::StartNew()",
        ["Get-Random"] = "[System.Random]::Shared.Next(100)",
        ["Get-Variable"] = "$Name",
        ["Set-Variable"] = "$Name = value",
        ["Invoke-Expression"] = "& ([scriptblock]::Create($text))",
        ["Get-ChildItem"] = "the program ls, or [System.IO.Directory]::GetFiles($PWD.Path)",
        ["Get-Content"] = "the program cat, or [System.IO.File]::ReadAllLines($path)",
        ["Set-Content"] = "redirect with >",
        ["Add-Content"] = "redirect with >>",
        ["Get-Item"] = "[System.IO.FileInfo]::new($path)",
        ["Get-Process"] = "the program ps, or [System.Diagnostics.Process]::GetProcesses()",
        ["Stop-Process"] = "the program kill",
        ["Start-Process"] = "call the program: & $path",
        ["Select-String"] = "pipe into the program grep, or Where-Object { $_ -match 'pattern' }",
        ["Test-Path"] = "[System.IO.Path]::Exists($path)",
        ["Join-Path"] = "[System.IO.Path]::Combine($folder, $name)",
        ["Split-Path"] = "[System.IO.Path]::GetDirectoryName($path)",
        ["Remove-Item"] = "the program rm",
        ["Copy-Item"] = "the program cp",
        ["Move-Item"] = "the program mv",
        ["New-Item"] = "the programs touch and mkdir",
        ["Tee-Object"] = "pipe into the program tee",
    };

    /// <summary>The modules' names, each with its cmdlets in the order of the alphabet.</summary>
    public static IEnumerable<(string Module, IReadOnlyList<string> Cmdlets)> Listing =>
        Modules.Select(module => (module.Module, (IReadOnlyList<string>)module.Cmdlets.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    /// <summary>Explains why a command is not there.</summary>
    /// <param name="command">The command's name, with or without its module.</param>
    /// <returns>The message; null for a command that the full PowerShell does not have either.</returns>
    public static string? Explain(string? command)
    {
        var name = command?[(command.LastIndexOf('\\') + 1)..];
        if (name is null || !Names.TryGetValue(name, out var properName))
        {
            return null;
        }

        var instead = Instead.TryGetValue(properName, out var way)
            ? $"Here: {way}."
            : "Here: pipe into Where-Object or ForEach-Object, or call .NET.";
        return $"{properName} is part of the full PowerShell (pwsh 7.6); this embedded engine does not have it.\n{instead}\nOr install pwsh and import the module there: everything of BpfPS works in it too.";
    }
}
