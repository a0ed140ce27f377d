@{
    RootModule           = 'BpfPS.psm1'
    # The build writes the version of Directory.Build.props here.
    ModuleVersion        = '0.0.0'
    GUID                 = 'e8b9ede1-b6ac-42d0-857c-f3bb7c161055'
    Author               = 'The BpfPS authors'
    CompanyName          = 'The BpfPS authors'
    Copyright            = '(c) The BpfPS authors. MIT licence.'
    Description          = 'eBPF for PowerShell on Linux: programs, maps, events and stacks of the kernel as typed objects in the pipeline.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    TypesToProcess       = @('BpfPS.types.ps1xml')
    FormatsToProcess     = @('BpfPS.format.ps1xml', 'BpfPS.Tools.format.ps1xml')
    CmdletsToExport      = @(
        'Add-BpfFilterRule'
        'Build-BpfProgram'
        'Clear-BpfMap'
        'Export-BpfMap'
        'Get-BpfFeature'
        'Get-BpfFilterRule'
        'Get-BpfInstruction'
        'Get-BpfLink'
        'Get-BpfMap'
        'Get-BpfMapEntry'
        'Get-BpfObject'
        'Get-BpfPin'
        'Get-BpfProbe'
        'Get-BpfProgram'
        'Get-BpfStack'
        'Get-BpfTool'
        'Get-BpfVariable'
        'Import-BpfMap'
        'Invoke-BpfProgram'
        'Lock-BpfMap'
        'Measure-BpfEvent'
        'Measure-BpfProgram'
        'New-BpfMap'
        'Read-BpfIterator'
        'Register-BpfEvent'
        'Remove-BpfFilterRule'
        'Remove-BpfLink'
        'Remove-BpfMap'
        'Remove-BpfMapEntry'
        'Remove-BpfPin'
        'Save-BpfLinkPin'
        'Save-BpfMapPin'
        'Save-BpfPacketCapture'
        'Save-BpfProgramPin'
        'Set-BpfMapEntry'
        'Set-BpfTarget'
        'Set-BpfVariable'
        'Start-BpfProgram'
        'Stop-BpfProgram'
        'Test-BpfFeature'
        'Test-BpfTool'
        'Watch-BpfEvent'
        'Watch-BpfMap'
        'Watch-BpfTraceLog'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags                     = @('eBPF', 'BPF', 'libbpf', 'Linux', 'kernel', 'tracing', 'performance', 'networking', 'PSEdition_Core')
            LicenseUri               = 'https://opensource.org/license/mit'
            RequireLicenseAcceptance = $false
            # There is no ProjectUri as long as the project has no public address.
            ReleaseNotes             = 'CHANGELOG.md, which comes with the module, says what has changed.'
        }
    }
}
