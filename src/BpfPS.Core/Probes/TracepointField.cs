namespace BpfPS.Probes;

/// <summary>A field of a tracepoint, as tracefs describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeText">Its type, without an array's brackets: "const char *", "char", "unsigned int".</param>
/// <param name="Offset">Bytes from the start of the event.</param>
/// <param name="Size">Its size in bytes; of what is elsewhere in the event, that of the place, which is 4; 0 if it is open-ended.</param>
/// <param name="IsSigned">
/// Whether the file calls it signed. Of the arguments of system calls it always says no, so that only the type's name can tell.
/// </param>
/// <param name="Count">The number of elements in its brackets; 0 if it has none, or no number is there.</param>
/// <param name="IsArray">Whether it has brackets.</param>
/// <param name="IsDataLoc">Whether the value is elsewhere in the event, and the field says where ("__data_loc").</param>
/// <param name="IsRelLoc">The same, counted from the end of the field ("__rel_loc").</param>
/// <param name="IsCommon">Whether every tracepoint has it: type, flags, preemption count, thread id.</param>
internal sealed record TracepointField(string Name, string TypeText, uint Offset, uint Size, bool IsSigned, uint Count, bool IsArray,
    bool IsDataLoc, bool IsRelLoc, bool IsCommon);
