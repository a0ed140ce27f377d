namespace BpfPS.Records;

/// <summary>What a member stands for beyond its C type; said by the typedefs of bpfps.h.</summary>
public enum FieldMeaning
{
    /// <summary>Nothing beyond its C type.</summary>
    None,
    /// <summary>A process id (tgid).</summary>
    ProcessId,
    /// <summary>An id in a stack trace map, of a kernel stack.</summary>
    KernelStack,
    /// <summary>An id in a stack trace map, of a user stack of the process in the record's <see cref="ProcessId"/> member.</summary>
    UserStack,
    /// <summary>A cgroup's id.</summary>
    Cgroup,
}
