using System.Collections;
using BpfPS.Probes;

namespace BpfPS.Commands;

/// <summary>Completes the names of probes of the kinds that are given, or of all kinds of the kernel.</summary>
public sealed class ProbeNameCompleter : NameCompleter
{
    // A kernel has tens of thousands of functions, and nobody reads that many.
    private const int Most = 1000;
    private const int LettersForFunctions = 2;

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => Candidates(bound, "");

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound, string word)
    {
        var kinds = Values(bound["Kind"]).Select(kind => Enum.TryParse<BpfProbeKind>(kind, ignoreCase: true, out var known) ? known
            : (BpfProbeKind?)null).OfType<BpfProbeKind>().ToArray();
        var files = Values(bound["FilePath"]).Select(UserFiles.Find).Concat(Values(bound["ProcessId"])
            .SelectMany(id => int.TryParse(id, out var number) ? UserFiles.Of(number) : [])).ToArray();
        // Without a kind, functions come only when a word has begun: there are too many to choose from.
        var sources = files.Length > 0 ? ProbeCatalog.Files(files, kinds) : ProbeCatalog.Kernel(kinds)
            .Where(source => source.Kind != BpfProbeKind.Function || kinds.Length > 0 || word.Length >= LettersForFunctions);
        return sources.SelectMany(source => source.Names().SelectMany(name => Forms(source, name))
            .Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Take(Most)
            .Select(name => (name, $"{source.Word} {name}")));
    }

    // A function of a file is asked for by its own name.
    private static IEnumerable<string> Forms(ProbeSource source, string name) =>
        source.Kind is BpfProbeKind.UserFunction or BpfProbeKind.Usdt && source.ShortName(name) is { } shorter ? [shorter] : [name];

    private protected override string CompletionText(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ':') ? name : base.CompletionText(name);

    private static IEnumerable<string> Values(object? given) => given switch
    {
        null => [],
        string one => [one],
        IEnumerable list => list.Cast<object?>().Select(value => $"{value}"),
        _ => [$"{given}"],
    };
}
