BeforeDiscovery {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    $unprivileged = -not (Test-Privilege)
}

BeforeAll {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
}

Describe 'The module in a real pwsh' {
    BeforeEach {
        Remove-Module BpfPS -ErrorAction Ignore
    }

    It 'is found and imported by its name' {
        Import-Module BpfPS -ErrorAction Stop
        (Get-Module BpfPS).Path | Should -BeLike '*/artifacts/module/BpfPS/BpfPS.psm1'
        (Get-Module BpfPS).ExportedCmdlets.Keys | Should -Contain 'Watch-BpfEvent'
    }

    It 'is imported by itself when one of its cmdlets is called' {
        Get-BpfTool runqlat | ForEach-Object Name | Should -Be 'runqlat'
        Get-Module BpfPS | Should -Not -BeNullOrEmpty
    }

    It 'warns of nothing when it is imported' {
        Import-Module BpfPS -WarningVariable warnings -ErrorVariable errors 3>$null
        $warnings | Should -BeNullOrEmpty
        $errors | Should -BeNullOrEmpty
    }

    It 'is imported again with -Force, and removed, and imported again' {
        Import-Module BpfPS
        Import-Module BpfPS -Force
        Get-BpfTool | Should -Not -BeNullOrEmpty
        Remove-Module BpfPS
        Import-Module BpfPS
        Get-BpfTool | Should -Not -BeNullOrEmpty
    }

    It 'is a module that Test-ModuleManifest accepts' {
        $manifest = Test-ModuleManifest (Get-Module BpfPS -ListAvailable | Select-Object -First 1).Path -ErrorAction Stop
        $manifest.PowerShellVersion | Should -BeGreaterOrEqual ([version] '7.6')
        $manifest.CompatiblePSEditions | Should -Be 'Core'
    }

    It 'has the version of its assemblies' {
        Import-Module BpfPS
        $module = Get-Module BpfPS
        $assemblies = Get-ChildItem "$($module.ModuleBase)/bin" -Recurse -Filter 'BpfPS*.dll' | ForEach-Object FullName
        $assemblies.Count | Should -Be 6 # for two architectures, and as they were compiled
        foreach ($assembly in $assemblies) {
            $version = [Reflection.AssemblyName]::GetAssemblyName($assembly).Version
            "$($version.Major).$($version.Minor).$($version.Build)" | Should -Be "$($module.Version)"
        }
    }

    It 'runs what was compiled ahead of time for this machine' {
        Import-Module BpfPS
        $architecture = [Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture
        (Get-Command Get-BpfMap).DLL | Should -BeLike "*/bin/$architecture/BpfPS.dll"
    }

    It 'lets its types be named: <_>' -ForEach 'BpfMap', 'BpfPS.BpfMap', 'BpfEvent', 'BpfPS.BpfObject' {
        Import-Module BpfPS
        [scriptblock]::Create("param([$_] `$It) `$It").Invoke() | Should -BeNullOrEmpty
        ($_ -as [type]).Assembly.GetName().Name | Should -Be 'BpfPS.Core'
    }

    It 'is imported in a fraction of a second' {
        $times = 1..3 | ForEach-Object {
            $script = { $t = [Diagnostics.Stopwatch]::StartNew(); Import-Module BpfPS; $t.ElapsedMilliseconds }
            [int] (Invoke-ChildShell $script)
        }
        # A tenth of a second on a machine with nothing else to do.
        ($times | Measure-Object -Minimum).Minimum | Should -BeLessThan 1000
    }

    It 'stops what was started when it is removed' -Skip:$unprivileged {
        Import-Module BpfPS
        $ids = (Start-BpfProgram runqlat).Programs.Id
        $ids | ForEach-Object { Test-KernelProgram $_ | Should -BeTrue }
        Remove-Module BpfPS
        foreach ($id in $ids) {
            Wait-Until { -not (Test-KernelProgram $id) } | Should -BeTrue
        }
    }
}

Describe 'Get-Help' {
    BeforeDiscovery {
        $cmdlets = (Import-PowerShellDataFile "$PSScriptRoot/../../artifacts/module/BpfPS/BpfPS.psd1").CmdletsToExport
    }

    It 'knows what <_> is for, and has an example' -ForEach $cmdlets {
        Import-Module BpfPS
        $help = Get-Help $_ -Full
        $help.Synopsis.Trim() | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -Match "^\s*$_" # the syntax, which stands there where there is no help
        $help.examples.example | Should -Not -BeNullOrEmpty
        $own = (Get-Command $_).Parameters.Values | Where-Object { $_.Name -notin [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters }
        foreach ($parameter in $own.Name) {
            ($help.parameters.parameter | Where-Object name -eq $parameter).description.Text | Should -Not -BeNullOrEmpty -Because "-$parameter is a parameter of $_"
        }
    }
}
