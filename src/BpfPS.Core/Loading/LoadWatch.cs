using System.Text.RegularExpressions;
using BpfPS.Native;

namespace BpfPS.Loading;

/// <summary>
/// Finds out which map or program of an object failed to load. libbpf has closed them all by the time it returns and only names the
/// one that failed in its messages. This logger reads the messages and passes them on.
/// </summary>
internal sealed partial class LoadWatch() : LibBpfWarnings(LibBpfMessages.Current)
{
    /// <summary>The map that could not be created; null if no map failed.</summary>
    public string? Map { get; private set; }

    /// <summary>The program that could not be loaded; null if no program failed.</summary>
    public string? Program { get; private set; }

    /// <summary>
    /// The first kernel function or variable that the object requires and the kernel does not have. libbpf looks for them before it
    /// loads a program.
    /// </summary>
    public (string Kind, string Name)? MissingSymbol { get; private set; }

    protected override void Read(string warning)
    {
        if (Failure().Match(warning) is { Success: true } match)
        {
            var name = match.Groups["name"].Value;
            (Map, Program) = match.Groups["kind"].Value == "map" ? (name, null) : ((string?)null, name);
        }
        if (Missing().Match(warning) is { Success: true } missing)
        {
            MissingSymbol ??= (missing.Groups["kind"].Value == "func" ? "function" : "variable", missing.Groups["name"].Value);
        }
    }

    [GeneratedRegex("^(?<kind>map|prog) '(?<name>[^']+)': .*fail", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Failure();

    [GeneratedRegex(@"extern \((?<kind>func|var) ksym\) '(?<name>[^']+)': not found", RegexOptions.CultureInvariant)]
    private static partial Regex Missing();
}
