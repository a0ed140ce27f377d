# The pipeline's side of the map benchmark, in turn with its yardsticks: a line for each round, of seconds. The first round
# has the compiling in it. The members that a table is made of are the entry's own.
param([string] $Pin, [int] $Rounds, [string] $Yardstick, [string] $Dump)
$ErrorActionPreference = 'Stop' # figures of a run in which something was not written would be wrong

function Measure-Script([scriptblock] $Script) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    . $Script
    $clock.Elapsed.TotalSeconds
}

function Invoke-Program([string] $Program, [string[]] $Arguments) {
    $start = [System.Diagnostics.ProcessStartInfo]::new($Program, $Arguments)
    $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    if ($process.ExitCode -ne 0) { throw "$Program $Arguments ended with $($process.ExitCode)" }
}

function Get-Tenth([scriptblock] $Make) {
    for ($i = 0; $i -lt $entries.Count; $i += 10) {
        $table = [ordered] @{}
        foreach ($property in $entries[$i].PSObject.Properties) { $table[$property.Name] = $property.Value }
        . $Make
    }
}

$map = Get-BpfMap -Path $Pin
# Read before anything is kept: a million objects in a variable are work for the collector.
$reading = @(for ($round = 0; $round -le $Rounds; $round++) {
    # A shell for bpftool's output, which goes to the file as it does for a person who wants it there.
    $dumped = Measure-Script { [void] (Invoke-Program 'sh' '-c', "exec bpftool -j map dump pinned $Pin >$Dump") }
    $read = Measure-Script { $map | Get-BpfMapEntry | Out-Null }
    , @($dumped, $read)
})
$entries = @($map | Get-BpfMapEntry)
$tables = @(Get-Tenth { [hashtable] $table })
$objects = @(Get-Tenth { [pscustomobject] $table })
for ($round = 0; $round -le $Rounds; $round++) {
    $seconds = $reading[$round] + @(
        # What the engine takes to hand as many objects to a cmdlet that does nothing ('$entries | Out-Null' would be optimized away).
        Measure-Script { & { $entries } | Out-Null }
        [double] (Invoke-Program $Yardstick 'fill', $Pin, $entries.Count)
        [double] (Invoke-Program $Yardstick 'write', $Pin)
        Measure-Script { $entries | Set-BpfMapEntry -Path $Pin }
        Measure-Script { Set-BpfMapEntry -Path $Pin -InputObject $entries }
        10 * (Measure-Script { $tables | Set-BpfMapEntry -Path $Pin })
        10 * (Measure-Script { $objects | Set-BpfMapEntry -Path $Pin })
    )
    # As awk reads numbers, whatever the culture.
    [string]::Join(' ', @(foreach ($figure in $seconds) { $figure.ToString('f3', [cultureinfo]::InvariantCulture) }))
}
