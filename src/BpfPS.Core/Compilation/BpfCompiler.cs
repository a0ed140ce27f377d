using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using BpfPS.Compilation;

namespace BpfPS;

/// <summary>Compiles C sources to BPF objects, each content once.</summary>
public static partial class BpfCompiler
{
    /// <summary>The object file of a C source: from the cache, or compiled now.</summary>
    /// <param name="path">The .bpf.c file. It may include vmlinux.h (made from the running kernel), bpfps.h, and libbpf's headers.</param>
    /// <returns>The path of the object file, in the user's cache directory.</returns>
    /// <exception cref="BpfCompilationException">It does not compile.</exception>
    /// <exception cref="BpfException">The file or clang is missing.</exception>
    public static string Compile(string path)
    {
        var source = Path.GetFullPath(path); // absolute, so that no name is taken for an option
        if (!File.Exists(source))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no file '{VisibleText.Escape(path)}'.",
                "List the shipped tools with Get-BpfTool, or give the path of a .bpf.o or .bpf.c file.", (int)BpfErrno.ENOENT);
        }
        var include = Path.Combine(BpfTool.Directory, "include");
        List<string> flags =
        [
            "-g", "-O2", "-Wall", "-target", "bpf", "-mcpu=v3", $"-D__TARGET_ARCH_{Clang.TargetName}",
            "-I", Path.GetDirectoryName(source)!, "-I", include, "-idirafter", Clang.MachineHeaders,
        ];
        if (MentionsKernelTypes(source))
        {
            flags.AddRange(["-I", KernelHeader.Directory()]);
        }
        // What the compiler will see, headers and all, decides whether the object is known already; so do the lines it
        // stands on, comments and all, because the object carries them for the verifier's log.
        var (status, text, messages) = Clang.Run([.. flags, "-E", source]);
        if (status != 0)
        {
            throw Failure(source, messages);
        }
        var hash = new StringBuilder();
        using (var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        {
            sha.AppendData(text);
            sha.AppendData(File.ReadAllBytes(source));
            sha.AppendData(Encoding.UTF8.GetBytes($"{Clang.Path}\n{File.GetLastWriteTimeUtc(Clang.Path):O}\n{source}"));
            hash.Append(Convert.ToHexStringLower(sha.GetHashAndReset()));
        }
        var directory = CacheDirectory.Get(hash.ToString(0, 16));
        var output = Path.Combine(directory, $"{BpfObject.NameOf(source)}.bpf.o");
        if (File.Exists(output))
        {
            return output;
        }
        var unfinished = Path.Combine(directory, $"{Guid.NewGuid():N}.tmp");
        try
        {
            (status, _, messages) = Clang.Run([.. flags, "-c", source, "-o", unfinished]);
            if (status != 0)
            {
                throw Failure(source, messages);
            }
            File.Move(unfinished, output, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
        return output;
    }

    private static bool MentionsKernelTypes(string source) => KernelTypesInclude().IsMatch(File.ReadAllText(source));

    private static BpfException Failure(string source, string messages)
    {
        var missing = MissingHeader().Match(messages);
        if (missing.Success && missing.Groups[1].Value.StartsWith("bpf/", StringComparison.Ordinal))
        {
            return new BpfException(BpfErrorKind.DependencyMissing, $"'{VisibleText.Escape(source)}' includes <{missing.Groups[1].Value}>, which is one of libbpf's headers, and they are not installed.",
                "Install them: 'apt install libbpf-dev' on Debian and Ubuntu, 'dnf install libbpf-devel' on Fedora and RHEL.");
        }
        var first = FirstError().Match(messages);
        return new BpfCompilationException(source, messages, first.Success ? first.Groups[2].Value : messages.Split('\n').FirstOrDefault(line => line.Length > 0),
            first.Success && int.TryParse(first.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var line) ? line : null);
    }

    [GeneratedRegex(@"^[^\n]*?:(\d+):\d+: (?:fatal )?error: ([^\n]*)", RegexOptions.Multiline)]
    private static partial Regex FirstError();

    [GeneratedRegex(@"fatal error: '([^']+)' file not found")]
    private static partial Regex MissingHeader();

    [GeneratedRegex(@"^\s*#\s*include\s*[""<]vmlinux\.h["">]", RegexOptions.Multiline)]
    private static partial Regex KernelTypesInclude();
}
