# What the acceptance tests share. bpftool is the witness that knows nothing of our code.

$root = (Resolve-Path "$PSScriptRoot/../../..").Path
$getcwd = [Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture -eq 'X64' ? 79 : 17

# Whether this process may load programs, on a kernel that can take them.
function Test-Privilege {
    [Environment]::IsPrivilegedProcess -and (Test-Path /sys/kernel/btf/vmlinux) -and [bool] (Find-BpfTool)
}

function Find-BpfTool {
    $found = Get-Command bpftool -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    $found ? $found.Source : (Get-Item /usr/sbin/bpftool -ErrorAction Ignore)?.FullName
}

# A test program's object file.
function Get-TestProgram([string] $Name) {
    "$root/artifacts/tests/bpf/$Name.bpf.o"
}

# The variables with which a test program sends an event for each call of Invoke-Call in this process.
function Get-ProducerVariable([int] $ProcessId = $PID) {
    @{ producer_pid = $ProcessId; syscall_nr = $getcwd }
}

# Makes calls that test programs turn into events: at least one event a call.
function Invoke-Call([int] $Count = 1) {
    for ($i = 0; $i -lt $Count; $i++) {
        $null = [IO.Directory]::GetCurrentDirectory()
    }
}

# Whether the kernel has a program with that id.
function Test-KernelProgram([uint] $Id) {
    $null = & (Find-BpfTool) prog show id $Id 2>&1
    $LASTEXITCODE -eq 0
}

# The ids of the kernel's programs of that name.
function Get-KernelProgramId([string] $Name) {
    & (Find-BpfTool) -j prog list | ConvertFrom-Json | ForEach-Object { $_ } | Where-Object name -eq $Name | ForEach-Object id
}

# Waits until a condition holds; false when it does not in time.
function Wait-Until([scriptblock] $Condition, [int] $Seconds = 10) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt $Seconds) {
            return $false
        }
        Start-Sleep -Milliseconds 20
    }
    $true
}

# The command that starts another pwsh of this version. The path of this process may be that of dotnet, which runs pwsh.dll.
function Get-Pwsh {
    $own = [Environment]::ProcessPath
    [IO.Path]::GetFileName($own) -eq 'dotnet' ? @($own, "$PSHOME/pwsh.dll") : @($own)
}

# Runs a script in another pwsh to its end, and gives what that writes.
function Invoke-ChildShell([string] $Script) {
    $program, $first = Get-Pwsh
    & $program @first -NoProfile -NonInteractive -Command $Script
}

# Starts a script in another pwsh, which a SIGINT reaches as Ctrl+C does. Its output goes to files in the folder.
function Start-ChildShell([string] $Script, [string] $Folder) {
    $file = Join-Path $Folder 'script.ps1'
    Set-Content $file $Script
    Start-Process env -ArgumentList (@('--default-signal=INT') + (Get-Pwsh) + '-NoProfile', '-NonInteractive', '-File', $file) -PassThru `
        -RedirectStandardOutput (Join-Path $Folder 'output') -RedirectStandardError (Join-Path $Folder 'error')
}

Export-ModuleMember -Function *-*
