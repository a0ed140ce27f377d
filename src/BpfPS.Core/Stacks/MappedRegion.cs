namespace BpfPS.Stacks;

/// <summary>One line of /proc/PID/maps.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="FileOffset">Which byte of the file is at <paramref name="Start"/>.</param>
/// <param name="IsExecutable">Whether code may run there.</param>
/// <param name="Device">The file's device, major number in the upper half.</param>
/// <param name="Inode">The file's inode; 0 when no file is mapped.</param>
/// <param name="Path">The path as the kernel shows it, or a name in brackets, or nothing.</param>
internal sealed record MappedRegion(ulong Start, ulong End, ulong FileOffset, bool IsExecutable, ulong Device, ulong Inode, string Path)
{
    private const string DeletedMark = " (deleted)";

    /// <summary>The kernel's own little library in every process.</summary>
    public bool IsVdso => Path == "[vdso]";

    /// <summary>The page of system calls at a fixed address that came before the vDSO (x86-64).</summary>
    public bool IsVsyscall => Path == "[vsyscall]";

    /// <summary>Whether it is memory that a process fills while it runs: no file, or a file that is only memory.</summary>
    public bool IsAnonymous => Inode == 0 || Path.StartsWith("/memfd:", StringComparison.Ordinal)
        || Path.StartsWith("/dev/zero", StringComparison.Ordinal) || Path.StartsWith("/SYSV", StringComparison.Ordinal);

    /// <summary>Whether it is backed by something that can hold an ELF file.</summary>
    public bool IsFile => Inode != 0 && Path.StartsWith('/');

    /// <summary>Whether the file has no name any more.</summary>
    public bool IsDeleted => Path.EndsWith(DeletedMark, StringComparison.Ordinal);
}
