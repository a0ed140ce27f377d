using System.Text;
using BpfPS.Host;

namespace BpfPS.Attach;

/// <summary>Scripts, which have neither functions nor probes: their interpreter has.</summary>
internal static class ScriptFile
{
    private const int LongestLine = 256; // BINPRM_BUF_SIZE of the kernel

    /// <summary>The error for a target that is a script; null if it is not one.</summary>
    /// <param name="operation">The operation that failed.</param>
    /// <param name="path">The file.</param>
    /// <param name="find">Finds a program by its name.</param>
    public static BpfException? Explain(string operation, string path, Func<string, string?> find)
    {
        if (FirstLine(path) is not { } line || !line.StartsWith("#!", StringComparison.Ordinal))
        {
            return null;
        }
        var words = line[2..].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        // "/usr/bin/env -S NAME=VALUE python3 -u" runs python3.
        var name = words is [var first, .. var rest] && Path.GetFileName(first) == "env"
            ? Array.Find(rest, word => !word.StartsWith('-') && !word.Contains('=')) ?? first : words.FirstOrDefault() ?? "";
        var interpreter = find(name) is { } found ? Path.GetFullPath(File.ResolveLinkTarget(found, true)?.FullName ?? found) : null;
        return new BpfException(BpfErrorKind.InvalidArgument,
            $"{operation}: '{VisibleText.Escape(path)}' is a script ({VisibleText.Escape(line)}), which has no functions or probes of its "
                + "own.",
            interpreter is null ? $"Its interpreter '{VisibleText.Escape(name)}' does not exist here."
                : BpfRemedy.With($"Specify its interpreter with {BpfOption.Target}: {VisibleText.Escape(interpreter)}, and a function or "
                    + $"probe in it. {BpfOption.ProcessId} limits the program to the processes of this script."));
    }

    private static string? FirstLine(string path)
    {
        try
        {
            using var file = RegularFile.OpenRead(path, null);
            var bytes = new byte[LongestLine];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(bytes, 0, length).Split('\n')[0].Trim();
        }
        catch (Exception e) when (e is IOException or BpfException)
        {
            return null;
        }
    }
}
