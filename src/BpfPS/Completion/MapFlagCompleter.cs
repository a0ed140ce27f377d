using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the flags that maps are made with, and reads them.</summary>
public sealed class MapFlagCompleter : NameCompleter
{
    private const string Prefix = "BPF_F_";

    /// <summary>The flags of names, with or without BPF_F_, in any case.</summary>
    /// <exception cref="BpfException">There is no such flag.</exception>
    internal static BpfMapFlags Parse(IEnumerable<string> names) => names.Aggregate(BpfMapFlags.None, (flags, name) =>
        Enum.TryParse<BpfMapFlags>(name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? name[Prefix.Length..] : name, ignoreCase: true, out var flag) && !name.All(char.IsAsciiDigit) ? flags | flag
            : throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(name)}' is no flag of maps.", $"The flags are: {string.Join(", ", Names)}."));

    private static IEnumerable<string> Names => Enum.GetNames<BpfMapFlags>().Where(name => name != nameof(BpfMapFlags.None)).Select(name => name.ToLowerInvariant());

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => Names.Select(name => (name, Prefix + name.ToUpperInvariant()));
}
