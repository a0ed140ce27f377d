namespace BpfPS.Records;

/// <summary>The meaning of a member beyond its C type, from the typedefs of bpfps.h.</summary>
public enum FieldMeaning
{
    /// <summary>No special meaning.</summary>
    None,
    /// <summary>A process id (tgid).</summary>
    ProcessId,
    /// <summary>The id of a kernel stack in a stack trace map.</summary>
    KernelStack,
    /// <summary>The id, in a stack trace map, of a user stack of the process in the record's <see cref="ProcessId"/> member.</summary>
    UserStack,
    /// <summary>A cgroup's id.</summary>
    Cgroup,
    /// <summary>A device's number as the kernel has it (dev_t): the major number above 20 bits of the minor number.</summary>
    Device,
}
