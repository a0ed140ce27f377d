using System.Text.RegularExpressions;
using BpfPS.Host;

namespace BpfPS.Compilation;

/// <summary>What clang is told for a BPF program, without the source and the kind of output.</summary>
internal static partial class CompilerArguments
{
    /// <summary>The arguments that are the same for looking at a source and for compiling it.</summary>
    /// <param name="source">The source's absolute path.</param>
    /// <param name="options">Definitions and directories.</param>
    /// <param name="kernelTypes">Whether vmlinux.h is needed.</param>
    /// <exception cref="BpfException">A definition or a directory is not one.</exception>
    public static string[] For(string source, BpfCompileOptions options, bool kernelTypes)
    {
        var include = ShippedFiles.IncludeDirectory;
        List<string> arguments =
        [
            "-g", "-O2", "-Wall", "-target", "bpf", "-mcpu=v3", "-fno-color-diagnostics", $"-D__TARGET_ARCH_{Clang.TargetName}",
            .. options.Definitions.Select(Definition), "-I", Path.GetDirectoryName(source)!,
        ];
        foreach (var directory in options.IncludeDirectories)
        {
            arguments.AddRange(["-I", IncludeDirectory(directory)]);
        }
        // Of what is not the user's own, clang shall not warn. The system's headers of libbpf come before the ones that
        // ship here: who has installed them wants those.
        arguments.AddRange(["-isystem", include]);
        if (kernelTypes)
        {
            arguments.AddRange(["-isystem", KernelHeader.Directory()]);
        }
        arguments.AddRange(["-idirafter", Clang.MachineHeaders, "-idirafter", Path.Combine(include, "libbpf")]);
        return [.. arguments];
    }

    /// <summary>A command line as a person would type it into a POSIX shell.</summary>
    public static string Quote(IEnumerable<string> words) =>
        string.Join(' ',
            words.Select(word => PlainWord().IsMatch(word) ? word : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'"));

    private static string Definition(KeyValuePair<string, string?> definition)
    {
        var (name, value) = definition;
        if (!MacroName().IsMatch(name))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(name)}' is not the name of a macro.",
                "A name has letters, digits and underscores, and does not begin with a digit.");
        }
        if (value?.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"The value of the macro {name} has a line break in it.",
                "A macro is one line.");
        }
        return $"-D{name}={value ?? "1"}";
    }

    private static string IncludeDirectory(string directory)
    {
        var path = Path.GetFullPath(directory); // absolute, so that no name is taken for an option
        return Directory.Exists(path) ? path
            : throw new BpfException(BpfErrorKind.NotFound,
                $"There is no directory '{VisibleText.Escape(directory)}' to look for headers in.", "Give a directory that is there.",
                (int)BpfErrno.ENOENT);
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex MacroName();

    [GeneratedRegex(@"^[\w@%+=:,./-]+\z")]
    private static partial Regex PlainWord();
}
