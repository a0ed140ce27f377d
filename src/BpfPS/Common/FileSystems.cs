using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Mounts what a start needs and lacks, after asking.</summary>
internal static class FileSystems
{
    /// <summary>Says so, where nobody else will see a pin.</summary>
    /// <param name="cmdlet">The cmdlet that pins.</param>
    /// <param name="path">The pin's path, absolute or relative to the root.</param>
    public static void WarnOfPrivate(Cmdlet cmdlet, string path)
    {
        if (BpfFileSystem.IsPrivate(Path.GetFullPath(path, BpfFileSystem.Root)))
        {
            cmdlet.WriteWarning($"The BPF file system of '{VisibleText.Escape(path)}' is mounted in this process's own mount namespace: "
                + "other processes do not see its pins, and they end with the namespace. 'nsenter --mount --target 1' gives a shell in "
                + "the one of the host.");
        }
    }

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
