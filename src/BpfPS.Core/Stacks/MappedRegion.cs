namespace BpfPS.Stacks;

/// <summary>One line of /proc/PID/maps.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="FileOffset">The offset in the file at <paramref name="Start"/>.</param>
/// <param name="IsExecutable">Whether code can run there.</param>
/// <param name="Device">The file's device, major number in the upper half.</param>
/// <param name="Inode">The file's inode; 0 if no file is mapped.</param>
/// <param name="Path">The path as the kernel shows it, a name in brackets, or empty.</param>
internal sealed record MappedRegion(ulong Start, ulong End, ulong FileOffset, bool IsExecutable, ulong Device, ulong Inode, string Path)
{
    private const string DeletedMark = " (deleted)";

    /// <summary>The vDSO, the small library that the kernel maps into every process.</summary>
    public bool IsVdso => Path == "[vdso]";

    /// <summary>The page of system calls at a fixed address, the predecessor of the vDSO (x86-64).</summary>
    public bool IsVsyscall => Path == "[vsyscall]";

    /// <summary>Whether a process fills this memory at run time: it is not a file, or the file is only memory.</summary>
    public bool IsAnonymous => Inode == 0 || Path.StartsWith("/memfd:", StringComparison.Ordinal)
        || Path.StartsWith("/dev/zero", StringComparison.Ordinal) || Path.StartsWith("/SYSV", StringComparison.Ordinal);

    /// <summary>Whether a file that can be an ELF file backs the region.</summary>
    public bool IsFile => Inode != 0 && Path.StartsWith('/');

    /// <summary>Whether the file has been deleted.</summary>
    public bool IsDeleted => Path.EndsWith(DeletedMark, StringComparison.Ordinal);
}
