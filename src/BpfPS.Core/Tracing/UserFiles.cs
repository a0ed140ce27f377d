using System.Globalization;
using BpfPS.Attach;
using BpfPS.Host;

namespace BpfPS.Tracing;

/// <summary>Programs and libraries, for probes in them.</summary>
internal static class UserFiles
{
    private const int Suggestions = 5;

    /// <summary>The path of a program or library.</summary>
    /// <param name="named">Its path, or a name: libc, libc.so.6, bash.</param>
    /// <exception cref="BpfException">There is no such file, or it is no program or library.</exception>
    public static string Find(string named)
    {
        if (ProgramFiles.Find(named) is not { } path)
        {
            var near = ProgramFiles.Near(named).Take(Suggestions).ToArray();
            throw new BpfException(BpfErrorKind.NotFound, $"There is no program or library '{VisibleText.Escape(named)}'.",
                near.Length > 0 ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}."
                    : "Specify a path, or the name of a program or library.", (int)BpfErrno.ENOENT);
        }
        return ElfSymbols.IsElf(path) ? Path.GetFullPath(path)
            : throw ScriptFile.Explain("Tracing a function", path, ProgramFiles.Find) ?? new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(path)}' is not a program or library.", "Specify the path of a readable ELF file.");
    }

    /// <summary>The files that a process runs: its program first, then the libraries in the order of their addresses.</summary>
    /// <param name="process">The process.</param>
    /// <exception cref="BpfException">There is no such process.</exception>
    public static IReadOnlyList<string> Of(int process)
    {
        const int path = 5; // behind the addresses, the permissions, the offset, the device and the inode
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        try
        {
            var program = File.ResolveLinkTarget($"{folder}/exe", returnFinalTarget: false)?.FullName;
            var mapped = File.ReadLines($"{folder}/maps").Select(line => line.Split(' ', path + 1, StringSplitOptions.RemoveEmptyEntries))
                .Where(fields => fields.Length > path && fields[1].Contains('x') && fields[path].StartsWith('/'))
                .Select(fields => fields[path]);
            string[] files =
            [
                .. (program is null ? mapped : mapped.Prepend(program)).Distinct().Select(file => InItsRoot(folder, file))
                    .Where(ElfSymbols.IsElf),
            ];
            return files.Length > 0 ? files : throw Ended(process); // a kernel thread has no files, and one that ends none any more
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            throw Ended(process);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(BpfErrorKind.OperationFailed,
                $"The files of process {process} cannot be read: {VisibleText.Escape(e.Message)}", inner: e);
        }
    }

    /// <summary>The error for a process that is not there.</summary>
    public static BpfException Ended(int process) => new(BpfErrorKind.NotFound,
        $"There is no process {process} with a program: it has ended, or is a thread of the kernel.",
        BpfRemedy.To(BpfAdvice.ListProcesses), (int)BpfErrno.ESRCH);

    /// <summary>A path as that process sees it, which in a container is another file than the one of that path here.</summary>
    private static string InItsRoot(string folder, string file) =>
        File.ResolveLinkTarget($"{folder}/root", returnFinalTarget: false)?.FullName is "/"
            && File.ResolveLinkTarget($"{folder}/ns/mnt", false)?.Name == File.ResolveLinkTarget("/proc/self/ns/mnt", false)?.Name
            ? file : $"{folder}/root{file}";
}
