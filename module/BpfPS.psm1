# The assemblies are compiled ahead of time for these architectures. On others, or where that could not be done, they are compiled
# while they run. -Force: importing this module again with -Force has to end what the assembly has started, as removing it does.
$architecture = [Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture
$assembly = "$PSScriptRoot/bin/$architecture/BpfPS.dll"
if (-not [IO.File]::Exists($assembly)) { $assembly = "$PSScriptRoot/bin/Any/BpfPS.dll" }
Import-Module $assembly -Force
