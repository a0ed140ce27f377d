namespace BpfPS;

/// <summary>
/// What a user of BpfPS can do about an error. The engine does not name shell commands: the caller that shows the error words
/// the advice in its own commands, as the cmdlets do.
/// </summary>
public enum BpfAdvice
{
    /// <summary>No advice beyond the text of the remedy.</summary>
    None,
    /// <summary>List the shipped tools, or specify a file.</summary>
    ListTools,
    /// <summary>List the maps in the kernel.</summary>
    ListMaps,
    /// <summary>List the programs in the kernel.</summary>
    ListPrograms,
    /// <summary>List what is attached, and where.</summary>
    ListLinks,
    /// <summary>List what is attached to the cgroup.</summary>
    ListCgroupLinks,
    /// <summary>List what is attached, and detach what is in the way.</summary>
    Detach,
    /// <summary>List the pins.</summary>
    ListPins,
    /// <summary>Remove the pin at the path in the argument.</summary>
    RemovePin,
    /// <summary>Remove the pins in the directory in the argument.</summary>
    RemovePinDirectory,
    /// <summary>Read the events of the ring buffer.</summary>
    WatchEvents,
    /// <summary>Read the entries of the map.</summary>
    ReadEntries,
    /// <summary>Write an entry with the value in the argument.</summary>
    WriteEntry,
    /// <summary>Write records to the user ring buffer, which reports how many bytes are waiting.</summary>
    WriteRecords,
    /// <summary>Check how many bytes are waiting in the ring buffer, and write again later.</summary>
    AskPendingBytes,
    /// <summary>Remove entries of the map, or make a larger one.</summary>
    RemoveEntries,
    /// <summary>Take entries out of the map, or clear it.</summary>
    TakeEntries,
    /// <summary>Set an entry to zero, or clear the map.</summary>
    ZeroEntries,
    /// <summary>Clear the map, which deactivates its operations.</summary>
    ClearOperations,
    /// <summary>Open the map with the id in the argument.</summary>
    OpenMapById,
    /// <summary>List the maps that hold global variables.</summary>
    ListVariableMaps,
    /// <summary>Set the variable when the program starts.</summary>
    SetVariableAtStart,
    /// <summary>Create a map like those that will go into the map of maps.</summary>
    MakeInnerMap,
    /// <summary>Specify the stack trace map.</summary>
    NameStackMap,
    /// <summary>Specify the stack id and the stack trace map.</summary>
    NameStack,
    /// <summary>Export maps to a file.</summary>
    ExportMaps,
    /// <summary>Import into a new map.</summary>
    ImportIntoNewMap,
    /// <summary>Check what the object needs and what is missing.</summary>
    CheckObject,
    /// <summary>Leave out what is not wanted with a filter on the events.</summary>
    FilterEvents,
    /// <summary>List the probes of this kernel.</summary>
    ListProbes,
    /// <summary>List the processes of this machine.</summary>
    ListProcesses,
    /// <summary>Show the messages of libbpf.</summary>
    ShowMessages,
    /// <summary>Read the entries of the maps in the argument, which hold a program's results.</summary>
    ReadResults,
    /// <summary>List the global variables.</summary>
    ListVariables,
    /// <summary>Specify the object, program or map that has the variable.</summary>
    NameVariableOwner,
}
