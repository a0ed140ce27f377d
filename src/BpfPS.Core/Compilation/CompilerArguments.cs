using System.Text.RegularExpressions;
using BpfPS.Host;

namespace BpfPS.Compilation;

/// <summary>The arguments of clang for a BPF program, except the source and the kind of output.</summary>
internal static partial class CompilerArguments
{
    /// <summary>The arguments that preprocessing and compiling have in common.</summary>
    /// <param name="source">The source's absolute path.</param>
    /// <param name="options">Definitions and directories.</param>
    /// <param name="kernelTypes">Whether vmlinux.h is needed.</param>
    /// <exception cref="BpfException">A definition or a directory is invalid.</exception>
    public static string[] For(string source, BpfCompileOptions options, bool kernelTypes)
    {
        var include = ShippedFiles.IncludeDirectory;
        List<string> arguments =
        [
            "-g", "-O2", "-Wall", "-target", "bpf", "-mcpu=v3", "-fno-color-diagnostics", $"-D__TARGET_ARCH_{Clang.TargetName}",
            .. options.CompilerOptions.Select(CompilerOption), .. options.Definitions.Select(Definition), "-I",
            Path.GetDirectoryName(source)!,
        ];
        foreach (var directory in options.IncludeDirectories)
        {
            arguments.AddRange(["-I", IncludeDirectory(directory)]);
        }
        // Clang must not warn about headers that are not the user's own. The system's libbpf headers come before the ones that
        // ship with BpfPS: a user who installed them wants to use them.
        arguments.AddRange(["-isystem", include]);
        if (kernelTypes)
        {
            arguments.AddRange(["-isystem", KernelHeader.Directory()]);
        }
        arguments.AddRange(["-idirafter", Clang.MachineHeaders, "-idirafter", Path.Combine(include, "libbpf")]);
        return [.. arguments];
    }

    /// <summary>A command line as a user would type it into a POSIX shell.</summary>
    public static string Quote(IEnumerable<string> words) =>
        string.Join(' ',
            words.Select(word => PlainWord().IsMatch(word) ? word : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'"));

    private static string Definition(KeyValuePair<string, string?> definition)
    {
        var (name, value) = definition;
        if (!MacroName().IsMatch(name))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(name)}' is not a valid macro name.",
                "Use letters, digits and underscores, and do not begin with a digit.");
        }
        if (value?.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"The value of macro {name} contains a line break.",
                "Write the macro on one line.");
        }
        return $"-D{name}={value ?? "1"}";
    }

    /// <summary>An option that only says how to compile. Others can write files, load plug-ins or run programs.</summary>
    private static string CompilerOption(string option) => HarmlessOption().IsMatch(option) ? option
        : throw new BpfException(BpfErrorKind.InvalidArgument,
            $"'{VisibleText.Escape(option)}' is not an option that can be passed to clang.",
            "These can: -std=gnu11, -Wextra, -Wno-unused, -Werror, -O1, -mcpu=v4, -fno-builtin and the like. Macros and include "
                + "directories have options of their own.");

    [GeneratedRegex(@"^(-std=[a-z0-9+:]+|-w|-pedantic|-W(?![lpa],)[a-z][a-z0-9=+-]*|-O[0-3sz]|-mcpu=[a-z0-9]+|-fno-[a-z0-9-]+"
        + @"|-f(builtin|common|short-enums|signed-char|unsigned-char|wrapv|strict-aliasing|unroll-loops|inline-functions))\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex HarmlessOption();

    private static string IncludeDirectory(string directory)
    {
        var path = Path.GetFullPath(directory); // absolute, so that clang does not mistake a name for an option
        return Directory.Exists(path)
            ? path
            : throw new BpfException(BpfErrorKind.NotFound,
                $"Include directory '{VisibleText.Escape(directory)}' does not exist.", "Specify an existing directory.",
                (int)BpfErrno.ENOENT);
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex MacroName();

    [GeneratedRegex(@"^[\w@%+=:,./-]+\z")]
    private static partial Regex PlainWord();
}
