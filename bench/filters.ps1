# What a filter in the kernel costs: nanoseconds a run of a program that only fills its event, and of one that fills the same event and
# sends it through a filter that rejects it. The median of test runs, in turn with each other.
param([string] $ObjectFile, [int] $Rounds)
$ErrorActionPreference = 'Stop'

function Measure-Run([string] $Program, [scriptblock] $Filter) {
    $filtered = $Filter ? @{ Filter = $Filter } : @{}
    $started = Start-BpfProgram $ObjectFile -NoAttach @filtered
    $run = $started.Programs | Where-Object Name -eq $Program | Invoke-BpfProgram -Data ([byte[]]::new(64)) -Repeat 2000000
    Stop-BpfProgram -InputObject $started
    $run.NanosecondsPerRun
}

$cases = [ordered] @{
    'an integer' = { $_.uid -eq 0 }
    'a short text' = { $_.comm -eq 'bash' }
    'one of three texts' = { $_.comm -in 'bash', 'rejectinf', 'sshd' }
    'a glob over 41 characters' = { $_.path -like '*libfoo*.so*' }
    'one of 1000 numbers' = { $_.tid -in (1..1000 | ForEach-Object { $_ * 7 }) }
}
$times = [ordered] @{ 'only filled' = @() }
foreach ($name in $cases.Keys) { $times[$name] = @() }
for ($round = 0; $round -lt $Rounds; $round++) {
    $times['only filled'] += Measure-Run filled $null
    foreach ($name in $cases.Keys) { $times[$name] += Measure-Run sent $cases[$name] }
}
$base = $null
foreach ($name in $times.Keys) {
    $sorted = @($times[$name] | Sort-Object)
    $median = $sorted[[math]::Floor($sorted.Count / 2)]
    $base ??= $median
    '   {0,-26} {1,4} ns{2}' -f $name, $median, ($name -eq 'only filled' ? '' : "   $($median - $base) ns more")
}
