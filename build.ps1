#!/usr/bin/env pwsh

<#
.SYNOPSIS
Builds, tests and shows BpfPS.
.DESCRIPTION
Needs PowerShell 7.6 or later and the .NET 10 SDK; build.sh fetches a pwsh where there is none, and calls this script. What to
build is in the projects (BpfPS.sln); this script installs the distribution's packages that they need, and calls MSBuild and the
test programs.

The tasks:

Build    builds everything. The module is then in artifacts/module/BpfPS.
Test     builds, and runs the test suites. Each says at its end how long it took; the last line is
         "N passed, N failed, N skipped". Where the environment variable CI is "true", a skipped test is a failure, except on
         another kernel that is too old for it.
Demo     builds, and shows the module at work: under a minute after the build. Needs root.
Shell    imports the module into this session, and builds it first where that has not been done.
Run      runs the script of -Script with the module imported, and builds it first where that has not been done.
Bench    builds, and measures beside C programs and bpftool (bench/README.md).
Pack     makes artifacts/package/BpfPS.VERSION.zip, with a list of what is in it (SBOM).
Install  installs the module where pwsh finds it, for all users or in -InstallPath.
Clean    removes artifacts/.
.PARAMETER Task
What to do: Build, Test, Demo, Shell, Run, Bench, Pack, Install or Clean. The description says what each does.
.PARAMETER Suite
For Test: the suites to run. Core is pure and needs no root. Kernel and Module load programs into this kernel, and need root.
Pester is the acceptance suite, in a pwsh of its own. Guests boots other kernels in QEMU. Userland builds and tests in the user
land of Debian 13. Fuzzing tries random inputs, led by coverage. When it is left out: all of them, of Userland only a check of its
script, and Fuzzing only with -Nightly.
.PARAMETER Nightly
For Test: runs all of the kernel suite, not a part, in the other kernels, and the suites in the user land of Debian 13, tries a million
inputs where the suite Fuzzing alone tries 20,000, and measures which lines of the engine the suites reach. That takes hours.
.PARAMETER Script
For Run: the script, as text. The exit code is that of 'pwsh -Command'.
.PARAMETER Part
For Bench: the parts to measure: events, start, maps, programs, or all.
.PARAMETER InstallPath
For Install: a folder of PSModulePath. When it is left out, /usr/local/share/powershell/Modules, which serves all users.
.EXAMPLE
./build.ps1 -Task Test
.EXAMPLE
./build.ps1 -Task Test -Suite Core, Pester
.EXAMPLE
./build.ps1 -Task Run -Script 'Watch-BpfEvent execsnoop -First 5 | Export-Csv execs.csv'
.EXAMPLE
./build.ps1 -Task Install -InstallPath ~/.local/share/powershell/Modules
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Demo', 'Shell', 'Run', 'Bench', 'Pack', 'Install', 'Clean')]
    [string] $Task = 'Build',

    # Checked below: 'pwsh -File build.ps1 -Suite Core,Pester' hands over one text.
    [ArgumentCompletions('Core', 'Kernel', 'Module', 'Pester', 'Guests', 'Userland', 'Fuzzing')]
    [string[]] $Suite,

    [switch] $Nightly,

    [Parameter(Position = 1)]
    [string] $Script,

    [ArgumentCompletions('streams', 'records', 'filters', 'start', 'maps', 'programs', 'tools', 'all')]
    [string[]] $Part,

    [string] $InstallPath
)

$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot
$artifacts = "$root/artifacts"
$module = "$artifacts/module/BpfPS"
$results = "$artifacts/test-results"
$script:failures = @() # the names of the tests that failed
$allSuites = 'Core', 'Kernel', 'Module', 'Guests', 'Userland', 'Pester', 'Fuzzing' # in the order in which they run
$isRoot = [Environment]::IsPrivilegedProcess
$isCI = $env:CI -in 'true', '1'

# Exit codes: 1 what was asked for failed, 2 it was asked for in the wrong way, 3 the machine lacks something.
function Stop-Build([string] $Message, [int] $Code = 1) {
    [Console]::Error.WriteLine("build: $Message")
    exit $Code
}

# ---- programs ------------------------------------------------------------------------------------------------------------

# Runs a program that writes to where this script writes, and gives its exit code. Whatever ends this script ends the program.
function Invoke-Program([string] $Program, [string[]] $Arguments, [string] $Log) {
    $start = [Diagnostics.ProcessStartInfo]::new($Program, $Arguments)
    $start.WorkingDirectory = $root
    $start.RedirectStandardOutput = [bool] $Log
    $process = [Diagnostics.Process]::Start($start)
    try {
        if ($Log) {
            $file = [IO.StreamWriter]::new($Log)
            try {
                # Not ReadLine: Ctrl+C is seen between statements only.
                $line = $process.StandardOutput.ReadLineAsync()
                while ($true) {
                    while (-not $line.Wait(100)) { }
                    if ($null -eq $line.Result) { break }
                    $file.WriteLine($line.Result)
                    [Console]::Out.WriteLine($line.Result)
                    $line = $process.StandardOutput.ReadLineAsync()
                }
            }
            finally {
                $file.Dispose()
            }
        }
        while (-not $process.WaitForExit(100)) { }
        $process.ExitCode
    }
    finally {
        # At a terminal Ctrl+C has reached the program too, and it may be tidying up.
        if (-not $process.HasExited) {
            [Diagnostics.Process]::Start('kill', [string[]] ('-INT', $process.Id)).WaitForExit()
            if (-not $process.WaitForExit(10000)) { $process.Kill($true) }
        }
        $process.Dispose()
    }
}

function Invoke-MSBuild([string[]] $Arguments) {
    # Idle compiler servers would outlive the build.
    $options = '-p:Configuration=Release', '-nologo', '-v:quiet', '-clp:NoSummary', '-tl:off', '-nodeReuse:false'
    $code = Invoke-Program dotnet (@('msbuild', '-restore') + $Arguments + $options)
    if ($code -ne 0) { Stop-Build 'the build failed; its messages are above' }
}

# Compiles the module ahead of time, which saves a quarter of the processor time until its first event. It works without too.
function Invoke-Precompilation {
    $pwsh = Get-Pwsh
    $target = [IO.Path]::GetDirectoryName((Get-Item -LiteralPath $pwsh).ResolveLinkTarget($true)?.FullName ?? $pwsh)
    $code = Invoke-Program dotnet @(
        'msbuild', "$root/build/Precompile.csproj", '-restore', '-t:PrecompileModule', "-p:Folder=$module", "-p:PowerShell=$target"
        '-nologo', '-v:quiet', '-tl:off', '-nodeReuse:false'
    )
    if ($code -ne 0) { [Console]::Error.WriteLine('build: the module could not be compiled ahead of time; it will start more slowly') }
}

function Find-Program([string] $Name, [string[]] $Folders = @('/usr/sbin', '/sbin')) {
    foreach ($folder in $env:PATH.Split(':', [StringSplitOptions]::RemoveEmptyEntries) + $Folders) {
        if ([IO.File]::Exists("$folder/$Name")) { return "$folder/$Name" }
    }
}

# The pwsh that tests and benchmarks start: build.sh says which; else the one that this is. The command of a .NET tool is not it:
# there, 'dotnet' runs pwsh.dll in a second process, which signals to the first do not reach.
function Get-Pwsh {
    if ($env:BPFPS_PWSH) { return $env:BPFPS_PWSH }
    $own = [Environment]::ProcessPath
    if ([IO.Path]::GetFileName($own) -ne 'dotnet') { return $own }
    $found = & "$root/build.sh" pwsh
    if ($LASTEXITCODE -ne 0) { Stop-Build 'no pwsh was found that the tests can start; the reason is above' 3 }
    $found
}

# ---- what the machine must have --------------------------------------------------------------------------------------------

function Get-BuildProperty([string] $Name) {
    ([xml] [IO.File]::ReadAllText("$root/Directory.Build.props")).SelectSingleNode("//$Name").InnerText
}

# Whether there is a program of LLVM, by its own name or with the version of LLVM behind it.
function Test-Llvm([string] $Name) {
    $names = @($Name) + ((Get-BuildProperty OldestClang)..(Get-BuildProperty NewestClang) | ForEach-Object { "$Name-$_" })
    [bool] ($names | Where-Object { Find-Program $_ })
}

# Ubuntu's bpftool is a script that finds the one for the running kernel, if there is one.
function Test-BpfTool {
    $paths = @(Find-Program bpftool) +
        @(Get-ChildItem /usr/lib/linux-tools/*/bpftool, /usr/lib/linux-tools-*/bpftool -ErrorAction Ignore | ForEach-Object FullName)
    foreach ($path in $paths) {
        if ($path -and $(& $path version *> $null; $LASTEXITCODE -eq 0)) {
            $env:PATH = "$([IO.Path]::GetDirectoryName($path)):$env:PATH" # the tests and benchmarks look there first
            return $true
        }
    }
    $false
}

# The distribution's packages (by their Debian names) that are missing.
function Get-MissingPackage([switch] $ForTests, [string[]] $Suites) {
    $libraries = & (Find-Program ldconfig) -p | Out-String
    if (-not (Test-Llvm clang)) { 'clang' }
    if (-not (Test-Llvm llvm-strip)) { 'llvm' } # clang works without, and only recommends it
    if (-not (Test-Path /usr/include/bpf/bpf_helpers.h)) { 'libbpf-dev' }
    if ($libraries -notlike '*libbpf.so.1 *') { 'libbpf1' }
    if ($libraries -notlike '*libdw.so.1 *') { 'libdw1' }
    if (-not $ForTests) { return }

    if (-not (Test-BpfTool)) {
        if ((Get-Content /etc/os-release) -contains 'ID=ubuntu') { 'linux-tools-common', 'linux-tools-generic' } else { 'bpftool' }
    }
    if (-not (Find-Program gcc) -or -not (Test-Path /usr/include/stdlib.h)) { 'gcc', 'libc6-dev' }
    $packages = [ordered] @{
        addr2line = 'binutils'; setpriv = 'util-linux'; script = 'bsdutils'; ip = 'iproute2'; ps = 'procps'; kill = 'procps'
    }
    if ($isRoot -and 'Guests' -in $Suites -and (uname -m) -eq 'x86_64') {
        $packages += [ordered] @{ 'qemu-system-x86_64' = 'qemu-system-x86'; cpio = 'cpio'; xz = 'xz-utils' }
    }
    if ($isRoot -and ('Guests' -in $Suites -or 'Userland' -in $Suites)) { $packages += [ordered] @{ busybox = 'busybox-static' } }
    # Where it is not to be had, the suite says so.
    if ($isRoot -and 'Userland' -in $Suites -and $wholeUserland -and (Find-Program apt-get)) {
        $packages += [ordered] @{ debootstrap = 'debootstrap' }
    }
    $packages.GetEnumerator() | Where-Object { -not (Find-Program $_.Key) } | ForEach-Object Value | Select-Object -Unique
}

function Install-MissingPackage([switch] $ForTests, [string[]] $Suites) {
    $packages = @(Get-MissingPackage -ForTests:$ForTests -Suites $Suites)
    if ($packages.Count -gt 0) {
        $names = $packages -join ' '
        if (-not (Find-Program apt-get)) {
            Stop-Build ("these packages (by their Debian names) are missing, and this machine has no apt-get: $names. " +
                'Install their counterparts with its package manager, then run this again.') 3
        }
        if (-not $isRoot) { Stop-Build "these packages are missing: $names. Install them: sudo apt-get install $names" 3 }
        Write-Host "Installing from the distribution's packages: $names"
        $env:DEBIAN_FRONTEND = 'noninteractive'
        if ((Invoke-Program apt-get update, -qq) -ne 0) {
            [Console]::Error.WriteLine('build: apt-get update failed; trying with the existing lists')
        }
        if ((Invoke-Program apt-get (@('install', '-y', '-qq', '--no-install-recommends') + $packages)) -ne 0) {
            Stop-Build "apt-get could not install: $names" 3
        }
    }
    if ($ForTests -and -not (Test-BpfTool)) {
        Stop-Build 'bpftool is installed, but does not run on this kernel; the tests need it as a witness' 3
    }
}

function Build-Everything([switch] $ForTests, [string[]] $Suites) {
    Install-MissingPackage -ForTests:$ForTests -Suites $Suites
    Invoke-MSBuild "$root/BpfPS.sln"
    Invoke-Precompilation
}

# A .NET tool that the manifest pins, in artifacts/tools. Not 'dotnet tool restore', which would fetch PowerShell along with it.
function Get-Tool([string] $Package, [string] $Command) {
    $version = (Get-Content "$root/.config/dotnet-tools.json" -Raw | ConvertFrom-Json).tools.$Package.version
    $folder = "$artifacts/tools/$Package-$version"
    if (-not (Test-Path "$folder/$Command")) {
        $output = dotnet tool install --tool-path $folder $Package --version $version 2>&1 | Out-String
        if ($LASTEXITCODE -ne 0) { Stop-Build "the tool $Package $version could not be installed: $output" 3 }
    }
    "$folder/$Command"
}

# Writes the list of what the package is made of (CycloneDX), and gives its path.
function New-Sbom {
    $folder = "$artifacts/obj/sbom"
    $arguments = @(
        "$root/src/BpfPS/BpfPS.csproj", '--disable-package-restore'
        '--set-name', 'BpfPS', '--set-version', (Get-BuildProperty VersionPrefix), '--set-type', 'Library'
        '--exclude-filter', 'PowerShellStandard.Library' # it is compiled against, and does not ship
        '--output', $folder, '--filename', 'sbom.cdx.json', '--output-format', 'Json'
    )
    $output = & (Get-Tool cyclonedx dotnet-CycloneDX) @arguments 2>&1 | Out-String
    if ($LASTEXITCODE -ne 0) { Stop-Build "the list of what is in the package could not be made: $output" }

    # What no package brings: the headers that were copied from this machine.
    $headers = [IO.File]::ReadAllText('/usr/include/bpf/libbpf_version.h')
    $version = [regex]::Matches($headers, '#define LIBBPF_M(?:AJOR|INOR)_VERSION (\d+)').ForEach{ $_.Groups[1].Value } -join '.'
    $names = (Get-ChildItem "$module/bpf/include/libbpf/bpf").Name
    $sbom = Get-Content "$folder/sbom.cdx.json" -Raw | ConvertFrom-Json -AsHashtable
    $sbom.metadata.component.licenses = @(@{ license = @{ id = 'MIT' } })
    $sbom.components += [ordered] @{
        type = 'file'
        'bom-ref' = "libbpf-headers@$version"
        name = 'libbpf-headers'
        version = $version
        description = "Headers of libbpf, unchanged, in bpf/include/libbpf: $($names -join ', ')"
        scope = 'required'
        licenses = @(@{ expression = 'LGPL-2.1-only OR BSD-2-Clause' })
        externalReferences = @(@{ type = 'vcs'; url = 'https://github.com/libbpf/libbpf' })
    }
    ($sbom.dependencies | Where-Object ref -Like 'BpfPS@*').dependsOn += "libbpf-headers@$version"
    $sbom.dependencies += @{ ref = "libbpf-headers@$version"; dependsOn = @() }
    $sbom | ConvertTo-Json -Depth 20 | Set-Content "$folder/sbom.cdx.json"
    "$folder/sbom.cdx.json"
}

# ---- tests -----------------------------------------------------------------------------------------------------------------

# A process that was started in the background has Ctrl+C ignored, and so would its children, which the tests send it to. What
# hangs is ended, and counts as failed.
function Get-LimitedCommand([int] $Minutes, [string[]] $Command) {
    @('--default-signal=INT,QUIT,HUP', 'timeout', '--foreground', '--kill-after=30', ($Minutes * 60)) + $Command
}

function New-Result([string] $Name, [int] $Passed, [int] $Failed, [string[]] $Skipped, [timespan] $Time) {
    [pscustomobject]@{ Name = $Name; Passed = $Passed; Failed = $Failed; Skipped = @($Skipped); Time = $Time }
}

# What xunit's report says; a suite that left none has failed.
function Read-XunitReport([string] $Name, [string] $Path, [timespan] $Time, [int] $ExitCode) {
    if (-not [IO.File]::Exists($Path)) {
        Write-Host "$Name ended without a report (exit code $ExitCode)"
        return New-Result $Name 0 1 @() $Time
    }
    $passed = $failed = 0
    $skipped = [Collections.Generic.List[string]]::new()
    foreach ($assembly in ([xml] [IO.File]::ReadAllText($Path)).assemblies.assembly) {
        # By GetAttribute: there is an element 'errors' too.
        $passed += [int] $assembly.GetAttribute('passed')
        $failed += [int] $assembly.GetAttribute('failed') + [int] $assembly.GetAttribute('errors')
        foreach ($reason in $assembly.SelectNodes('.//reason')) { $skipped.Add($reason.InnerText) }
        # Again at the end, where a log that has been cut still has it.
        foreach ($test in $assembly.SelectNodes(".//test[@result='Fail']")) { $script:failures += "$Name`: $($test.GetAttribute('name'))" }
        # Tests that the report counts but gives no reason for.
        while ($skipped.Count -lt [int] $assembly.GetAttribute('skipped')) { $skipped.Add('no reason given') }
    }
    if ($ExitCode -ne 0 -and $failed -eq 0) { $failed = 1 }
    New-Result $Name $passed $failed $skipped $Time
}

function Invoke-XunitSuite([string] $Name) {
    $project = "BpfPS.$Name.Tests"
    $report = "$results/$project.xml"
    Remove-Item $report -ErrorAction Ignore
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $assembly = "$artifacts/bin/$project/release/$project.dll"
    $code = Invoke-Program env (Get-LimitedCommand 30 dotnet, $assembly, -nologo, -noColor, -xml, $report)
    Read-XunitReport $Name $report $clock.Elapsed $code
}

function Invoke-PesterSuite {
    $report = "$results/pester.xml"
    Remove-Item $report -ErrorAction Ignore
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $code = Invoke-Program env (Get-LimitedCommand 30 (Get-Pwsh), -NoLogo, -NoProfile, -File, "$root/tests/Pester/Run.ps1")
    Read-PesterReport Pester $report $clock.Elapsed $code
}

function Read-PesterReport([string] $Name, [string] $Path, [timespan] $Time, [int] $ExitCode) {
    if (-not [IO.File]::Exists($Path)) {
        Write-Host "$Name ended without a report (exit code $ExitCode)"
        return New-Result $Name 0 1 @() $Time
    }
    $run = ([xml] [IO.File]::ReadAllText($Path)).'test-results'
    $count = { param([string[]] $Names) ($Names | ForEach-Object { [int] $run.GetAttribute($_) } | Measure-Object -Sum).Sum }
    $failed = & $count failures, errors
    $skipped = & $count not-run, skipped, ignored, inconclusive
    foreach ($test in $run.SelectNodes(".//test-case[@success='False' and @executed='True']")) {
        $script:failures += "$Name`: $($test.GetAttribute('name'))"
    }
    # 2: nothing but skipped tests under CI. Any other is of a failure, in a test or outside of all tests.
    if ($ExitCode -notin 0, 2 -and $failed -eq 0) { $failed = 1 }
    New-Result $Name ((& $count total) - $failed - $skipped) $failed (@('skipped by Pester') * $skipped) $Time
}

# Live tests on other kernels. Each guest leaves a report of its own; what did not come so far is in the log.
function Invoke-GuestSuite {
    $log = "$results/guests.log"
    $arguments = @("$root/tests/vm/run.sh")
    $minutes = 60
    if ($Nightly) {
        $arguments += '--', '-namespace', 'BpfPS.Kernel.Tests.*'
        $env:BPFPS_VM_MINUTES = 300
        $minutes = 620
    }
    Get-ChildItem "$artifacts/vm/run-*/report*.xml" -ErrorAction Ignore | Remove-Item
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $code = Invoke-Program env (Get-LimitedCommand $minutes $arguments) -Log $log
    $lines = [IO.File]::ReadAllLines($log)
    $guests = @(Get-ChildItem "$artifacts/vm/run-*/report*.xml" -ErrorAction Ignore | ForEach-Object {
        Read-XunitReport $_.Directory.Name $_.FullName ([timespan]::Zero) 0
    })
    $passed = ($guests | Measure-Object Passed -Sum).Sum
    $failed = ($guests | Measure-Object Failed -Sum).Sum + @($lines -match '^Linux [0-9.]+: the guest ended without a result').Count
    $skipped = @($guests | ForEach-Object { $_.Skipped }) + @($lines -match '^(Linux [0-9.]+ was|Other kernels were) not tried: ')
    # What run.sh itself stumbled over is in no report.
    if ($code -notin 0, 77 -and $failed -eq 0) { $failed = 1 }
    New-Result Guests $passed $failed $skipped $clock.Elapsed
}

# The suites in another user land, which has its own copy of the checkout and so its own reports. Without -Nightly only whether that
# would work: each line of the check is a test.
function Invoke-UserlandSuite {
    $log = "$results/userland.log"
    $reports = "$artifacts/userland/repository/artifacts/test-results"
    Remove-Item $reports -Recurse -ErrorAction Ignore
    $arguments = @("$root/tests/userland/run.sh")
    if (-not $wholeUserland) { $arguments += '--check' }
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $code = Invoke-Program env (Get-LimitedCommand 120 $arguments) -Log $log
    $lines = [IO.File]::ReadAllLines($log)
    $passed, $failed = @($lines -match '^ok: ').Count, @($lines -match '^not ok: ').Count
    $skipped = @($lines -match '^Debian \d+ was not tried: ')
    if ($wholeUserland -and $code -ne 77) {
        $none = [timespan]::Zero
        $suites = @(foreach ($name in 'Core', 'Kernel', 'Module') { Read-XunitReport $name "$reports/BpfPS.$name.Tests.xml" $none 0 })
        $suites += Read-PesterReport Pester "$reports/pester.xml" $none 0
        $passed, $failed = ($suites | Measure-Object Passed -Sum).Sum, ($suites | Measure-Object Failed -Sum).Sum
        $skipped = @($suites | ForEach-Object { $_.Skipped })
    }
    # What run.sh itself stumbled over, or found left, is in no report.
    if ($code -notin 0, 77 -and $failed -eq 0) { $failed = 1 }
    New-Result Userland $passed $failed $skipped $clock.Elapsed
}

# Random inputs for the engine, led by which of its code they reach. What is instrumented for that is a copy.
function Invoke-FuzzingSuite {
    $program = "$artifacts/fuzzing/program"
    $report = "$artifacts/fuzzing/results.json"
    Remove-Item $program, $report -Recurse -Force -ErrorAction Ignore
    $null = New-Item "$artifacts/fuzzing" -ItemType Directory -Force
    Copy-Item "$artifacts/bin/BpfPS.Fuzzing/release" $program -Recurse
    $output = & (Get-Tool sharpfuzz.commandline sharpfuzz) "$program/BpfPS.Core.dll" 2>&1 | Out-String
    if ($LASTEXITCODE -ne 0) { Stop-Build "the engine could not be instrumented: $output" }

    $percent = $Nightly ? 100 : 2
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $code = Invoke-Program env (Get-LimitedCommand 240 dotnet, "$program/BpfPS.Fuzzing.dll", run, -percent, $percent, -seconds, 1200)
    if (-not [IO.File]::Exists($report)) {
        Write-Host "Fuzzing ended without a report (exit code $code)"
        return New-Result Fuzzing 0 1 @() $clock.Elapsed
    }
    # Each target is a test, which fails with a finding, and when it could not be run to its end.
    $targets = [IO.File]::ReadAllText($report) | ConvertFrom-Json
    $skipped = @($targets.Where{ $_.IsSkipped }.ForEach{ $_.Problem })
    $failed = @($targets.Where{ -not $_.IsSkipped -and ($_.Findings -or $_.Problem) }).Count
    if ($code -ne 0 -and $failed -eq 0) { $failed = 1 }
    New-Result Fuzzing ($targets.Count - $failed - $skipped.Count) $failed $skipped $clock.Elapsed
}

function Format-Time([timespan] $Time) { '{0}:{1:00}' -f [int][Math]::Floor($Time.TotalMinutes), $Time.Seconds }

# A guest's kernel, or the libbpf there or in another user land, may be too old for a test, or too new for one of a refusal. The reason
# then says which version has what the test needs.
function Test-AllowedSkip([string] $Suite, [string] $Reason) {
    -not $isCI -or (($Suite -in 'Guests', 'Userland' -or $env:BPFPS_USERLAND) -and
        $Reason -match '^(Linux|libbpf) has it since [\d.]+, and this is ')
}

function Show-Result($Result) {
    foreach ($group in $Result.Skipped | Group-Object | Sort-Object Count -Descending) {
        Write-Host ('  {0,4} skipped: {1}' -f $group.Count, $group.Name)
    }
    Write-Host "== $($Result.Name) took $(Format-Time $Result.Time)"
    Write-Host ''
}

# Runs a suite on an instrumented engine. Its tests have counted already: in instrumented code some run out of time, and users
# without privileges cannot write down what they reached.
function Measure-Suite([string] $Name, [string] $Assembly, [string] $MergeWith) {
    $file = "$artifacts/coverage/$Name.json"
    $project = "BpfPS.$Name.Tests"
    $command = (@('env') + (Get-LimitedCommand 120 dotnet, "artifacts/bin/$project/release/$project.dll", -nologo, -noColor)) -join ' '
    $command = $command.Replace(',', '%2C') # a comma would end the property
    $code = Invoke-Program dotnet @(
        'msbuild', "$root/tests/Coverage/Coverage.csproj", '-restore', '-t:Measure', '-nologo', '-v:quiet', '-tl:off', '-nodeReuse:false'
        "-p:TargetPath=$Assembly", '-p:IncludeTestAssembly=true', "-p:TestCommand=$command"
        "-p:CoverletOutput=$file", "-p:MergeWith=$MergeWith"
    )
    if ($code -ne 0) { Stop-Build "the coverage of the suite $Name could not be measured" }
    $file
}

# Prints for each folder of the engine how many of its lines the suites reach.
function Show-Coverage {
    Write-Host '== Coverage of the engine by the suites Core, Kernel and Module'
    $null = New-Item "$artifacts/coverage" -ItemType Directory -Force
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $core = Measure-Suite Core "$artifacts/bin/BpfPS.Core.Tests/release/BpfPS.Core.dll"
    $kernel = Measure-Suite Kernel "$artifacts/bin/BpfPS.Kernel.Tests/release/BpfPS.Core.dll" $core
    # What is compiled ahead of time would be loaded in place of what counts.
    Remove-Item "$module/bin/X64", "$module/bin/Arm64", "$module/bin/precompiled" -Recurse -ErrorAction Ignore
    $all = Measure-Suite Module "$module/bin/Any/deps/BpfPS.Core.dll" $kernel
    Invoke-Precompilation

    # A line can be part of several methods (lambdas); it is reached when one of them is.
    $rows = foreach ($source in (Get-Content $all -Raw | ConvertFrom-Json -AsHashtable).'BpfPS.Core.dll'.GetEnumerator()) {
        $lines = @{}
        foreach ($method in $source.Value.Values.Values) {
            foreach ($line in $method.Lines.GetEnumerator()) { $lines[$line.Key] = $lines[$line.Key] -or $line.Value -gt 0 }
        }
        $place = $source.Key -replace '^.*src/BpfPS\.Core/'
        [pscustomobject]@{
            Folder = $place.Contains('/') ? $place.Split('/')[0] : '(root)'
            Lines = $lines.Count
            Reached = @($lines.Values | Where-Object { $_ }).Count
        }
    }
    foreach ($group in @($rows | Group-Object Folder | Sort-Object Name) + @([pscustomobject]@{ Name = 'all'; Group = $rows })) {
        $lines, $reached = ($group.Group | Measure-Object Lines -Sum).Sum, ($group.Group | Measure-Object Reached -Sum).Sum
        Write-Host ('{0,-14} {1,6} of {2,6} lines  {3,5:f1} %' -f $group.Name, $reached, $lines, (100 * $reached / $lines))
    }
    Write-Host "== Coverage took $(Format-Time $clock.Elapsed)"
    Write-Host ''
}

function Invoke-Test {
    $suites = @($Suite -split ',' | ForEach-Object Trim | Where-Object { $_ })
    foreach ($name in $suites) {
        if ($name -notin $allSuites) { Stop-Build "there is no suite '$name'. The suites are $($allSuites -join ', ')." 2 }
    }
    # It takes too long for every change: it is whole only where it is asked for.
    $wholeUserland = $Nightly -or 'Userland' -in $suites
    if ($suites.Count -eq 0) { $suites = $Nightly ? $allSuites : $allSuites -ne 'Fuzzing' }
    Build-Everything -ForTests -Suites $suites
    $null = New-Item $results -ItemType Directory -Force
    $env:BPFPS_PWSH = Get-Pwsh
    $env:BPFPS_NIGHTLY = $Nightly ? '1' : $null
    if (-not $isRoot) { Write-Host 'Not root: the tests that need the kernel will be skipped.' }

    $all = foreach ($name in $allSuites | Where-Object { $_ -in $suites }) {
        Write-Host "== $name"
        $result = switch ($name) {
            Pester { Invoke-PesterSuite }
            Guests { Invoke-GuestSuite }
            Userland { Invoke-UserlandSuite }
            Fuzzing { Invoke-FuzzingSuite }
            default { Invoke-XunitSuite $name }
        }
        $forbidden = @($result.Skipped | Where-Object { -not (Test-AllowedSkip $name $_) })
        if ($forbidden.Count -gt 0) {
            Write-Host "Under CI every test must run, and $($forbidden.Count) did not; they count as failed."
            $result.Failed += $forbidden.Count
            $result.Skipped = @($result.Skipped | Where-Object { Test-AllowedSkip $name $_ })
        }
        Show-Result $result
        $result
    }
    if ($Nightly -and -not ('Core', 'Kernel', 'Module' | Where-Object { $_ -notin $suites })) { Show-Coverage }
    foreach ($result in $all) {
        Write-Host ('{0,-8} {1,6} passed {2,5} failed {3,5} skipped {4,8}' -f
            $result.Name, $result.Passed, $result.Failed, $result.Skipped.Count, (Format-Time $result.Time))
    }
    Write-Host ('{0,-8} {1,47}' -f 'all', (Format-Time ([timespan]::FromTicks(($all.Time | Measure-Object Ticks -Sum).Sum))))
    Write-Host ''
    $script:failures | ForEach-Object { Write-Host "failed: $_" }
    $passed, $failed = ($all | Measure-Object Passed -Sum).Sum, ($all | Measure-Object Failed -Sum).Sum
    $skipped = ($all | ForEach-Object { $_.Skipped.Count } | Measure-Object -Sum).Sum
    Write-Host "$passed passed, $failed failed, $skipped skipped"
    exit ($failed -eq 0 -and $passed -gt 0 ? 0 : 1)
}

# ---- the tasks -------------------------------------------------------------------------------------------------------------

foreach ($pair in @{ Suite = 'Test'; Nightly = 'Test'; Script = 'Run'; Part = 'Bench'; InstallPath = 'Install' }.GetEnumerator()) {
    if ($PSBoundParameters.ContainsKey($pair.Key) -and $Task -ne $pair.Value) {
        Stop-Build "-$($pair.Key) applies to -Task $($pair.Value) only, not to $Task." 2
    }
}
$env:DOTNET_CLI_TELEMETRY_OPTOUT = $env:DOTNET_NOLOGO = $env:POWERSHELL_TELEMETRY_OPTOUT = '1'

switch ($Task) {
    Build {
        Build-Everything
        Write-Host "The module is in $module"
    }
    Test { Invoke-Test }
    Demo {
        if (-not $isRoot) { Stop-Build 'the demo loads programs into the kernel, which needs root: sudo ./build.sh demo' }
        Write-Host 'Building ...'
        Build-Everything
        Import-Module $module -Global -Force
        & { $ErrorActionPreference = 'Continue'; & "$module/examples/demo.ps1" }
    }
    Shell {
        if (-not (Test-Path "$module/BpfPS.psd1")) { Build-Everything }
        $env:PSModulePath = "$artifacts/module:$env:PSModulePath" # jobs find it too
        Import-Module $module -Global -Force
    }
    Run {
        if (-not $Script) { Stop-Build "-Task Run takes a script: ./build.ps1 -Task Run -Script 'Get-BpfTool'" 2 }
        if (-not (Test-Path "$module/BpfPS.psd1")) { Build-Everything }
        $env:PSModulePath = "$artifacts/module:$env:PSModulePath"
        Import-Module $module -Global -Force
        # As 'pwsh -Command' does it: errors are shown and the script goes on, and the last statement says how it went.
        & {
            $ErrorActionPreference = 'Continue'
            . ([scriptblock]::Create("$Script`nif (-not `$?) { exit 1 }"))
        }
    }
    Bench {
        Build-Everything -ForTests
        $env:BPFPS_PWSH = Get-Pwsh
        $parts = @($Part -split '[, ]' | Where-Object { $_ -and $_ -ne 'all' })
        exit (Invoke-Program "$root/bench/run.sh" $parts)
    }
    Pack {
        Build-Everything
        Invoke-MSBuild "$root/src/BpfPS/BpfPS.csproj", '-t:PackModule', "-p:SbomFile=$(New-Sbom)"
        Write-Host "The package is in $artifacts/package"
    }
    Install {
        Install-MissingPackage
        $where = $InstallPath ? "-p:InstallPath=$($PSCmdlet.GetUnresolvedProviderPathFromPSPath($InstallPath))" : $null
        Invoke-MSBuild "$root/src/BpfPS/BpfPS.csproj"
        Invoke-Precompilation
        Invoke-MSBuild (@("$root/src/BpfPS/BpfPS.csproj", '-t:InstallModule', $where) -ne $null)
        Write-Host 'Installed. In pwsh: Import-Module BpfPS'
    }
    Clean { Remove-Item $artifacts -Recurse -Force -ErrorAction Ignore }
}
