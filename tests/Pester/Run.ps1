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
$location = Join-Path $root 'artifacts/tests/pester-location'

# Pester is a package of the build: no other version that is installed here is taken.
if (-not (Test-Path "$modules/BpfPS/BpfPS.psd1") -or -not (Test-Path $location)) {
    [Console]::Error.WriteLine("The module or Pester is missing below $root/artifacts. Build them: ./build.sh build")
    exit 1
}
# The staged module before any BpfPS that is installed here.
$env:PSModulePath = $modules + [IO.Path]::PathSeparator + $env:PSModulePath
Import-Module (Get-Content $location -TotalCount 1)

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
if ($run.Result -ne 'Passed') { exit 1 }
if ($env:CI -in 'true', '1' -and $skipped.Count -gt 0) {
    [Console]::Error.WriteLine("Under CI every test must run, and $($skipped.Count) were skipped: they need root, bpftool, and a kernel with BTF.")
    exit 2
}
