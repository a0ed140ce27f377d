using BpfPS.Native;
using Microsoft.Win32.SafeHandles;

namespace BpfPS.Stacks;

/// <summary>Opens exactly the files that a process maps, in any mount namespace, and even if they have been deleted.</summary>
internal static class ProcessFiles
{
    private const int NotPermitted = 1; // EPERM
    private const int AccessDenied = 13; // EACCES

    /// <summary>Opens the mapped file, or returns null and a reason.</summary>
    public static SafeFileHandle? OpenMapped(uint processId, MappedRegion region, out string? reason)
    {
        reason = null;
        // This link leads to the mapped file itself, not to a newer file of the same name. It requires a privilege.
        var exact = DwflFiles.OpenRegular(null, $"/proc/{processId}/map_files/{region.Start:x}-{region.End:x}", out _, out var exactErrno);
        if (exact is not null)
        {
            return exact;
        }
        if (region.IsDeleted)
        {
            reason = exactErrno is NotPermitted or AccessDenied
                ? $"the mapped file has been deleted; reading it through /proc/{processId}/map_files requires CAP_CHECKPOINT_RESTORE or"
                    + " CAP_SYS_ADMIN"
                : "the mapped file has been deleted and can no longer be read";
            return null;
        }
        var byName = DwflFiles.OpenRegular($"/proc/{processId}/root", region.Path, out var status, out var errno);
        if (byName is not null && status.Inode == region.Inode)
        {
            return byName;
        }
        var wasThere = byName is not null;
        byName?.Dispose();
        if (!wasThere)
        {
            // A process that has ended has no root any more; its files were usually ours.
            var ours = DwflFiles.OpenRegular(null, region.Path, out status, out _);
            if (ours is not null && status.Inode == region.Inode
                && (((ulong)status.DeviceMajor << 32) | status.DeviceMinor) == region.Device)
            {
                return ours;
            }
            ours?.Dispose();
        }
        reason = wasThere
            ? "the path now leads to another file than the process maps"
            : $"cannot open the mapped file: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)}";
        return null;
    }

    /// <summary>
    /// Finds a separate debug information file by the name and checksum in the mapped file: next to that file, in .debug there,
    /// or under /usr/lib/debug; first in the process's root, then in ours.
    /// </summary>
    public static SafeFileHandle? OpenDebugLink(uint processId, string mappedPath, string link, uint checksum, out string path)
    {
        path = "";
        var folder = Path.GetDirectoryName(mappedPath);
        if (folder is null || link.Contains('/', StringComparison.Ordinal) || checksum == 0)
        {
            return null;
        }
        string[] candidates = [Path.Join(folder, link), Path.Join(folder, ".debug", link), Path.Join("/usr/lib/debug", folder, link)];
        foreach (var root in (string?[])[$"/proc/{processId}/root", null])
        {
            foreach (var candidate in candidates)
            {
                var file = DwflFiles.OpenRegular(root, candidate, out _, out _);
                if (file is not null && Crc32.OfFile(file) == checksum)
                {
                    path = candidate;
                    return file;
                }
                file?.Dispose();
            }
        }
        return null;
    }
}
