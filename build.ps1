#!/usr/bin/env pwsh
<#
.SYNOPSIS
Builds, tests and shows BpfPS, for people who have pwsh.
.DESCRIPTION
What is built is said in the projects, and what the machine needs in build.sh; this calls that.
.PARAMETER Task
Build, Test, Demo, Pack or Install.
.PARAMETER InstallPath
For Install: the folder of PSModulePath to install to. For all users when it is left out.
.EXAMPLE
./build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Demo', 'Pack', 'Install')]
    [string] $Task = 'Build',

    [string] $InstallPath
)

if ($InstallPath) {
    $env:InstallPath = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($InstallPath)
}
try {
    & "$PSScriptRoot/build.sh" $Task.ToLowerInvariant()
}
finally {
    $env:InstallPath = $null
}
exit $LASTEXITCODE
