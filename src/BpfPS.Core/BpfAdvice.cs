namespace BpfPS;

/// <summary>
/// What can be done about an error through BpfPS itself. The engine knows no shell: whoever shows the error words the advice in
/// its own commands, as the cmdlets do.
/// </summary>
public enum BpfAdvice
{
    /// <summary>Nothing beyond what the remedy says.</summary>
    None,
    /// <summary>List the shipped tools, or give a file.</summary>
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
    /// <summary>Remove the pin at the path that is the argument.</summary>
    RemovePin,
    /// <summary>Remove the pins in the directory that is the argument.</summary>
    RemovePinDirectory,
    /// <summary>Read the events of the ring buffer.</summary>
    WatchEvents,
    /// <summary>Read the entries of the map.</summary>
    ReadEntries,
    /// <summary>Write an entry whose value is what the argument says.</summary>
    WriteEntry,
    /// <summary>Write records to the user ring buffer, which knows how many bytes wait in it.</summary>
    WriteRecords,
    /// <summary>Ask the ring buffer how many bytes wait in it, and write again later.</summary>
    AskPendingBytes,
    /// <summary>Remove entries of the map, or make a larger one.</summary>
    RemoveEntries,
    /// <summary>Take entries out of the map, or clear it.</summary>
    TakeEntries,
    /// <summary>Set an entry to zero, or clear the map.</summary>
    ZeroEntries,
    /// <summary>Clear the map, which takes its operations out of use.</summary>
    ClearOperations,
    /// <summary>Open the map by the id that is the argument.</summary>
    OpenMapById,
    /// <summary>List the maps that hold global variables.</summary>
    ListVariableMaps,
    /// <summary>Set the variable when the program starts.</summary>
    SetVariableAtStart,
    /// <summary>Make a map like those that are to be put into the map of maps.</summary>
    MakeInnerMap,
    /// <summary>Name the stack trace map.</summary>
    NameStackMap,
    /// <summary>Name the stack id and the stack trace map.</summary>
    NameStack,
    /// <summary>Export maps to a file.</summary>
    ExportMaps,
    /// <summary>Import into a new map.</summary>
    ImportIntoNewMap,
    /// <summary>Ask what the object needs and lacks.</summary>
    CheckObject,
}
