namespace BpfPS.Commands;

/// <summary>Words what the engine gives as data: options by their parameters, advice by the cmdlet to run.</summary>
internal static class RemedyText
{
    /// <summary>An error's remedy as sentences; null if there is none.</summary>
    public static string? Of(BpfException error) => error.Advised is { } remedy ? Of(remedy) : null;

    /// <summary>A remedy as sentences; null if it says nothing.</summary>
    public static string? Of(BpfRemedy remedy)
    {
        var sentences = string.Join(' ',
            new[] { remedy.Worded(Parameter), Advice(remedy.Advice, VisibleText.Escape(remedy.Argument)) }.OfType<string>());
        return sentences.Length > 0 ? sentences : null;
    }

    private static string Parameter(BpfOption option) => $"-{option}";

    private static string? Advice(BpfAdvice advice, string argument) => advice switch
    {
        BpfAdvice.None => null,
        BpfAdvice.ListTools => "List the shipped tools with Get-BpfTool, or specify the path of a .bpf.o or .bpf.c file.",
        BpfAdvice.ListMaps => "List the maps with Get-BpfMap.",
        BpfAdvice.ListProbes => "List what can be traced with Get-BpfProbe.",
        BpfAdvice.ListProcesses => "List the processes with Get-Process.",
        BpfAdvice.FilterEvents => "Include that header in its source, or choose events with -Filter, such as { $_.pid -eq 1 }.",
        BpfAdvice.ListPrograms => "List the programs with Get-BpfProgram.",
        BpfAdvice.ListLinks => "List what is attached with Get-BpfLink.",
        BpfAdvice.ListCgroupLinks => "Get-BpfLink -Cgroup shows which program it is, and its CgroupMode shows how it was attached.",
        BpfAdvice.Detach => "Get-BpfLink shows which program it is; Remove-BpfLink detaches it.",
        BpfAdvice.ListPins => "List the pins with Get-BpfPin.",
        BpfAdvice.RemovePin => $"Remove the existing pin with Remove-BpfPin {argument}.",
        BpfAdvice.RemovePinDirectory => $"Stop the object that is pinned there with Stop-BpfProgram -Path {argument}.",
        BpfAdvice.WatchEvents => "Read its events with Watch-BpfEvent.",
        BpfAdvice.ReadEntries => "Read its entries with Get-BpfMapEntry.",
        BpfAdvice.ReadResults => $"Its results are in its maps: while it is running, read them with Get-BpfMapEntry {argument}.",
        BpfAdvice.WriteEntry => $"Write an entry with Set-BpfMapEntry -Value {argument}.",
        BpfAdvice.WriteRecords =>
            "Write records to it with Set-BpfMapEntry -Value. PendingBytes of Get-BpfMap shows how many bytes wait in it.",
        BpfAdvice.AskPendingBytes => "PendingBytes of Get-BpfMap shows how many bytes wait in it.",
        BpfAdvice.RemoveEntries => "Remove entries with Remove-BpfMapEntry, or create a larger map.",
        BpfAdvice.TakeEntries => "Take entries out with Get-BpfMapEntry -Take, or remove all of them with Clear-BpfMap.",
        BpfAdvice.ZeroEntries => "Set the entry to zero with Set-BpfMapEntry, or all entries with Clear-BpfMap.",
        BpfAdvice.ClearOperations => "Unregister the existing operations with Clear-BpfMap.",
        BpfAdvice.OpenMapById => $"As root, open it by its id: Get-BpfMap -Id {argument}.",
        BpfAdvice.ListVariableMaps => "List them with Get-BpfMap *.bss, *.data, *.rodata.",
        BpfAdvice.ListVariables => "List them with Get-BpfVariable; -InputObject says whose are meant.",
        BpfAdvice.NameVariableOwner => "Specify whose with -InputObject.",
        BpfAdvice.SetVariableAtStart => "Set it when the program starts, with Start-BpfProgram -Variable.",
        BpfAdvice.MakeInnerMap => "Create one with New-BpfMap and specify it with -InnerMap.",
        BpfAdvice.NameStackMap => "Specify the stack trace map and the stack id: Get-BpfStack NAME -StackId ID.",
        BpfAdvice.NameStack => "Or specify the map and the stack id: Get-BpfStack NAME -StackId ID.",
        BpfAdvice.ExportMaps => "Create one with Export-BpfMap.",
        BpfAdvice.ImportIntoNewMap => "Or create a new map with Import-BpfMap -Create.",
        BpfAdvice.ShowMessages => "Use -Verbose or -Debug to see libbpf's messages.",
        BpfAdvice.CheckObject => "Test-BpfFeature -Object lists everything that it needs and this machine does not have.",
        _ => throw new ArgumentOutOfRangeException(nameof(advice), advice, null),
    };
}
