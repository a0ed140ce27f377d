using System.Text.RegularExpressions;
using BpfPS.Native;
using Microsoft.Extensions.Logging;

namespace BpfPS.Attach;

/// <summary>
/// Reads from libbpf's messages which file it could not open when it attached a program: it returns only the errno, which is then not
/// the kernel's answer to the attachment.
/// </summary>
/// <param name="next">Where the messages go; may be null.</param>
internal sealed partial class AttachWatch(ILogger? next) : LibBpfWarnings(next)
{
    /// <summary>The file; null if libbpf did not complain about one.</summary>
    public string? UnopenedFile { get; private set; }

    /// <summary>The error for an attachment that failed because of a file; null if it failed for another reason.</summary>
    /// <param name="program">The program.</param>
    /// <param name="errno">A positive errno.</param>
    public BpfException? Explain(ProgramToAttach program, int errno)
    {
        if ((UnopenedFile ?? (program.Kind is "tp" or "tracepoint" or "tp.s" or "tracepoint.s" ? TracepointFile(program) : null))
            is not { } file)
        {
            return null;
        }
        return Explain(program, file, errno);
    }

    /// <summary>The error for a file that cannot be opened; null if the errno is not about a file.</summary>
    /// <param name="program">The program.</param>
    /// <param name="file">The file.</param>
    /// <param name="errno">A positive errno.</param>
    public static BpfException? Explain(ProgramToAttach program, string file, int errno)
    {
        var operation = $"{program.Operation}: opening '{VisibleText.Escape(file)}', which libbpf has to read for it, failed";
        return (BpfErrno)errno switch
        {
            BpfErrno.EPERM when Privileges.LockedDown(operation, errno, "reading of tracefs", Instead(program).TrimEnd()) is { } locked =>
                locked,
            BpfErrno.EPERM => new BpfException(BpfErrorKind.PermissionDenied,
                $"{operation}: {ErrnoText.Describe(errno)}. The kernel refuses this file even to users whom its mode allows to read it.",
                $"{Instead(program)}Check the security modules, and the limits of a container.", errno),
            BpfErrno.EACCES => FileAccessRights.Error(errno, operation, file, FileUse.Read,
                $"{Instead(program)}Run the shell as root (sudo), or give this user read access to tracefs."),
            BpfErrno.ENOENT => new BpfException(BpfErrorKind.NotSupported,
                $"{operation}: {ErrnoText.Describe(errno)}.",
                BpfFileSystem.IsTraceMounted ? $"{Instead(program)}This kernel may be built without CONFIG_DYNAMIC_FTRACE."
                    : "Mount tracefs: mount -t tracefs none /sys/kernel/tracing.", errno),
            _ => null,
        };
    }

    protected override void Read(string warning)
    {
        if (Failure().Match(warning) is { Success: true } match)
        {
            UnopenedFile ??= match.Groups["file"].Value;
        }
    }

    /// <summary>The file with the number of a tracepoint, if this process may not read it. libbpf does not warn of it.</summary>
    private static string? TracepointFile(ProgramToAttach program) =>
        BpfFileSystem.TracePlaces.Select(place => $"{place}/events/{program.Place}/id").FirstOrDefault(IsRefused);

    private static bool IsRefused(string file)
    {
        try
        {
            _ = File.ReadAllText(file);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false; // the tracepoint does not exist, or tracefs is mounted elsewhere
        }
    }

    private static string Instead(ProgramToAttach program) => program.Kind is "kprobe.multi" or "kretprobe.multi" or "kprobe.session"
        ? "It lists the functions that a pattern can match. A section kprobe/FUNCTION, for a single function, does not need it. " : "";

    // "No procfs support?" is about /proc/kallsyms.
    [GeneratedRegex("^failed to open (?<file>/[^:]+): ", RegexOptions.CultureInvariant)]
    private static partial Regex Failure();
}
