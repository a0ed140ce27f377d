using System.Text;
using System.Text.RegularExpressions;
using BpfPS.Host;

namespace BpfPS.Compilation;

/// <summary>Finds out whether a source does not compile because it uses what only the headers of a newer libbpf have.</summary>
internal static partial class MissingMacro
{
    /// <summary>What to do about it; null if that is not the reason.</summary>
    public static string? RemedyFor(Clang clang, string source, string[] arguments, IReadOnlyList<BpfDiagnostic> diagnostics,
        CancellationToken cancellation)
    {
        // What clang says of a macro that it does not know is mostly about what follows it on the line.
        var newer = NewerLibBpf.Names.ToHashSet(StringComparer.Ordinal);
        var used = diagnostics.Where(diagnostic => diagnostic.IsError || diagnostic.Option == "-Wimplicit-function-declaration")
            .SelectMany(diagnostic => Identifier().Matches($"{diagnostic.Message} {diagnostic.Excerpt}")).Select(match => match.Value)
            .Where(newer.Contains).Distinct().ToArray();
        if (used.Length == 0)
        {
            return null;
        }
        var (status, text, _) = clang.Run([.. arguments, "-E", "-dM", source], Path.GetDirectoryName(source)!, cancellation);
        var defined = Definition().Matches(status == 0 ? Encoding.UTF8.GetString(text) : "").Select(match => match.Groups[1].Value)
            .ToHashSet();
        // The newest one, because with it come the others.
        return used.Where(name => !defined.Contains(name)).OrderByDescending(NewerLibBpf.Since)
            .Select(name => NewerLibBpf.RemedyFor(name, defined.Contains)).FirstOrDefault();
    }

    [GeneratedRegex(@"\b[A-Za-z_]\w*\b", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^#define (\w+)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Definition();
}
