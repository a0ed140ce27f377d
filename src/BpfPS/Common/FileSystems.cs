using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Mounts what a start needs and lacks, after asking.</summary>
internal static class FileSystems
{
    /// <summary>Mounts bpffs when it is not there; false when the user said no.</summary>
    /// <exception cref="BpfException">The mount was refused.</exception>
    public static bool RequireBpf(Cmdlet cmdlet)
    {
        if (BpfFileSystem.IsMounted)
        {
            return true;
        }
        if (!cmdlet.ShouldProcess(BpfFileSystem.Root, "Mount the BPF file system"))
        {
            return false;
        }
        BpfFileSystem.Mount();
        cmdlet.WriteVerbose($"Mounted the BPF file system at {BpfFileSystem.Root}.");
        return true;
    }
}
