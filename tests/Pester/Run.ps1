<#
.SYNOPSIS
    Runs the acceptance tests in the pwsh that runs this script.
.DESCRIPTION
    They take the module as it was staged in artifacts/module, and leave their result in artifacts/test-results/pester.xml (NUnit).
    Tests that need root are skipped without it; where CI=true a skipped test is a failure.
.EXAMPLE
    pwsh -NoProfile -File tests/Pester/Run.ps1
.EXAMPLE
    pwsh -NoProfile -File tests/Pester/Run.ps1 -Path tests/Pester/Event.Tests.ps1
#>
[CmdletBinding()]
param(
    # The files to run.
    [string[]] $Path = $PSScriptRoot
)

$ErrorActionPreference = 'Stop'
$root = (Resolve-Path "$PSScriptRoot/../..").Path
$modules = Join-Path $root 'artifacts/module'

if (-not (Test-Path "$modules/BpfPS/BpfPS.psd1")) {
    [Console]::Error.WriteLine("There is no module in $modules. Build it: dotnet build src/BpfPS -c Release")
    exit 1
}
if (-not (Get-Module Pester -ListAvailable | Where-Object Version -ge '5.3')) {
    [Console]::Error.WriteLine('Pester 5.3 or later is not installed: Install-Module Pester -Scope CurrentUser')
    exit 1
}
# First of all places: not another BpfPS that is installed here.
$env:PSModulePath = $modules + [IO.Path]::PathSeparator + $env:PSModulePath
Import-Module Pester -MinimumVersion 5.3

$result = Join-Path $root 'artifacts/test-results/pester.xml'
$null = New-Item (Split-Path $result) -ItemType Directory -Force
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$configuration.TestResult.Enabled = $true
$configuration.TestResult.OutputFormat = 'NUnitXml'
$configuration.TestResult.OutputPath = $result
$run = Invoke-Pester -Configuration $configuration

$skipped = @($run.Tests | Where-Object Result -eq 'Skipped')
if ($env:CI -in 'true', '1' -and $skipped.Count -gt 0) {
    [Console]::Error.WriteLine("Under CI every test must run, and $($skipped.Count) were skipped: they need root, bpftool, and a kernel with BTF.")
    exit 1
}
exit ($run.Result -eq 'Passed' ? 0 : 1)
