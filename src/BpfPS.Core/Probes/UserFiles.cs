using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Probes;

/// <summary>The programs and libraries whose functions and probes are asked for.</summary>
internal static class UserFiles
{
    /// <summary>The file of a path or a name.</summary>
    /// <param name="path">A path if it has a slash; else the name of a program or library: "bash", "libc", "libc.so.6".</param>
    /// <exception cref="BpfException">There is no such file, it cannot be read, or it is not a program or library.</exception>
    public static string Find(string path)
    {
        if (ProgramFiles.Find(path) is not { } found)
        {
            throw ProbeErrors.NotFound("program or library", path, [.. ProgramFiles.Near(path)],
                "Specify a path, or the name of a program or library.");
        }
        if (FileAccessRights.WhyRefused(found, FileUse.Read) is not null)
        {
            throw FileAccessRights.Error((int)BpfErrno.EACCES, $"Reading '{VisibleText.Escape(found)}'", found, FileUse.Read);
        }
        return ElfSymbols.IsElf(found) ? found : throw new BpfException(BpfErrorKind.InvalidArgument,
            $"'{VisibleText.Escape(found)}' is not a program or library.", "Specify the path of a readable ELF file.");
    }

    /// <summary>The program and the libraries that a process has in its memory, as paths that this process can open.</summary>
    /// <param name="processId">The process.</param>
    /// <exception cref="BpfException">There is no such process, or it cannot be looked into.</exception>
    public static IReadOnlyList<string> Of(int processId)
    {
        var directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}");
        try
        {
            // In a container the same path is another file here, or none.
            var root = new FileInfo($"{directory}/ns/mnt").LinkTarget == new FileInfo("/proc/self/ns/mnt").LinkTarget ? ""
                : $"{directory}/root";
            return File.ReadLines($"{directory}/maps").Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries))
                .Where(words => words.Length == 6 && words[1].Contains('x', StringComparison.Ordinal) && words[5].StartsWith('/'))
                .Select(words => root + words[5]).Distinct().Where(ElfSymbols.IsElf).ToArray();
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException || !Directory.Exists(directory))
        {
            throw new BpfException(BpfErrorKind.NotFound, string.Create(CultureInfo.InvariantCulture, $"There is no process {processId}."),
                BpfRemedy.To(BpfAdvice.ListProcesses), (int)BpfErrno.ESRCH);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new BpfException(BpfErrorKind.PermissionDenied,
                string.Create(CultureInfo.InvariantCulture, $"The memory map of process {processId} cannot be read: permission denied."),
                "Run the shell as the user of the process, or as root (sudo).", (int)BpfErrno.EACCES, e);
        }
    }
}
