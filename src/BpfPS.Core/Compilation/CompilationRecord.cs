using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfPS.Compilation;

/// <summary>
/// What a compilation read, with time stamps. While all of it is as it was, the object in the cache is the one that compiling again would
/// give, and neither the compiler nor its preprocessor has to run.
/// </summary>
internal sealed partial class CompilationRecord
{
    private const string FileName = "read.txt";
    private const string Absent = "-";

    // A file can change twice within one tick of its file system's clock. What changed this shortly before it was read proves nothing.
    private static readonly TimeSpan s_clockTick = TimeSpan.FromSeconds(2);

    // These change what a compiler reads or writes, and no argument shows them.
    private static readonly string[] s_environment = ["CPATH", "C_INCLUDE_PATH", "CCC_OVERRIDE_OPTIONS", "SOURCE_DATE_EPOCH"];

    private readonly string _name;
    private readonly string[] _arguments;
    private readonly string _source;

    /// <summary>The record for a source, compiled by a compiler with these arguments.</summary>
    public CompilationRecord(Clang clang, string[] arguments, string source)
    {
        _arguments = arguments;
        _source = source;
        string[] parts = [clang.Path, clang.VersionText, source, .. arguments,
            .. s_environment.Select(name => $"{name}={Environment.GetEnvironmentVariable(name)}")];
        _name = $"read-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))), 0, 16)}";
    }

    /// <summary>The directory of the cache that has the object; null when something has changed, or may have.</summary>
    /// <param name="needsKernelTypes">Whether a header of the source's turned out to include vmlinux.h.</param>
    public string? Find(out bool needsKernelTypes)
    {
        needsKernelTypes = false;
        using var known = CacheDirectory.Open(_name);
        if (!known.Has(FileName) || File.ReadAllLines(known[FileName]) is not [var first, .. var stamps]
            || first.Split(' ') is not [var directory, var kernelTypes])
        {
            return null;
        }
        needsKernelTypes = kernelTypes == bool.TrueString;
        return Array.TrueForAll(stamps, IsAsItWas) ? directory : null;
    }

    /// <summary>Notes what was read. Nothing is noted where time stamps cannot prove that it is still the same.</summary>
    /// <param name="directory">The directory of the cache that has the object.</param>
    /// <param name="needsKernelTypes">Whether a header of the source's turned out to include vmlinux.h.</param>
    /// <param name="preprocessed">What the preprocessor gave, with its marks of the files that it read.</param>
    /// <param name="begun">When the preprocessor was started.</param>
    public void Write(string directory, bool needsKernelTypes, byte[] preprocessed, DateTime begun)
    {
        var files = FilesIn(preprocessed).Append(_source).Distinct().ToArray();
        var folders = _arguments.Where(Path.IsPathRooted).Distinct().ToArray();
        var stamps = files.Concat(LookedThrough(files, folders)).Select(Stamp).ToArray();
        if (Array.Exists(files, path => path.AsSpan().IndexOfAny('\n', '\r', '\\') >= 0)
            || files.Where(path => IsOwn(path, folders)).Any(AsksMore)
            || files.Any(path => begun - File.GetLastWriteTimeUtc(path) < s_clockTick))
        {
            return;
        }
        using var known = CacheDirectory.Open(_name);
        string[] lines = [$"{directory} {needsKernelTypes}", .. stamps];
        known.Write(FileName, Encoding.UTF8.GetBytes(string.Join('\n', lines)));
    }

    // "# 12 "/usr/include/linux/types.h" 1 3" begins what comes of that file.
    private static IEnumerable<string> FilesIn(byte[] preprocessed) =>
        LineMark().Matches(Encoding.UTF8.GetString(preprocessed)).Select(mark => mark.Groups["path"].Value).Where(Path.IsPathRooted)
            .Distinct();

    /// <summary>
    /// The directories in which each header could have been: a new file of its name in an earlier one would be taken instead, and that
    /// changes the directory's own time, or makes one that is absent.
    /// </summary>
    private static IEnumerable<string> LookedThrough(string[] files, string[] folders)
    {
        var below = from file in files
                    from folder in folders
                    where file.StartsWith($"{folder}/", StringComparison.Ordinal)
                    select Path.GetDirectoryName(Path.GetRelativePath(folder, file)) ?? "";
        return folders.SelectMany(folder => below.Distinct().SelectMany(Prefixes).Append("").Distinct(), Path.Combine).Distinct();
    }

    private static IEnumerable<string> Prefixes(string path)
    {
        for (var prefix = path; prefix.Length > 0; prefix = Path.GetDirectoryName(prefix) ?? "")
        {
            yield return prefix;
        }
    }

    /// <summary>Whether a file is the user's own rather than the system's.</summary>
    private bool IsOwn(string path, string[] folders) => path == _source
        || folders.Where(folder => _arguments.Zip(_arguments.Skip(1)).Contains(("-I", folder)))
            .Any(folder => path.StartsWith($"{folder}/", StringComparison.Ordinal));

    /// <summary>
    /// Whether a source asks for what no time stamp of a file that was read shows: whether another file exists, or what time it
    /// is.
    /// </summary>
    private static bool AsksMore(string path) => OtherQuestion().IsMatch(File.ReadAllText(path));

    private static bool IsAsItWas(string stamp) => stamp.Split(' ', 3) is [_, _, var path] && Stamp(path) == stamp;

    private static string Stamp(string path)
    {
        var file = new FileInfo(path);
        var directory = new DirectoryInfo(path);
        return file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file.LastWriteTimeUtc.Ticks} {file.Length} {path}")
            : directory.Exists ? string.Create(CultureInfo.InvariantCulture, $"{directory.LastWriteTimeUtc.Ticks} {Absent} {path}")
            : $"{Absent} {Absent} {path}";
    }

    [GeneratedRegex("""^# \d+ "(?<path>[^"]+)"(?: \d)*$""", RegexOptions.Multiline)]
    private static partial Regex LineMark();

    [GeneratedRegex("__has_include|__has_embed|__DATE__|__TIME__|__TIMESTAMP__")]
    private static partial Regex OtherQuestion();
}
