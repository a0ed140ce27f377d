using System.Globalization;
using System.Text.RegularExpressions;
using BpfPS.Host;

namespace BpfPS.Probes;

/// <summary>
/// The probes that the authors of a program or library have put into it (USDT): notes in the file, each with its arguments.
/// </summary>
/// <param name="path">The file.</param>
internal sealed partial class UsdtSource(string path) : ProbeSource
{
    private readonly Lazy<Dictionary<string, string>> _probes = new(() => ElfSymbols.ProbesWithArguments(path)
        .GroupBy(probe => probe.Name, probe => probe.Arguments, StringComparer.Ordinal)
        .ToDictionary(probe => probe.Key, probe => probe.First(), StringComparer.Ordinal));

    /// <inheritdoc/>
    public override BpfProbeKind Kind => BpfProbeKind.Usdt;

    /// <inheritdoc/>
    public override string Word => "USDT probe";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names() => [.. _probes.Value.Keys.Order(StringComparer.Ordinal).Select(name => $"{path}:{name}")];

    /// <inheritdoc/>
    public override BpfProbe? Find(string name)
    {
        var place = ShortName(name) ?? name;
        return _probes.Value.TryGetValue(place, out var arguments)
            ? new BpfProbe(Kind, $"{path}:{place}", "usdt", ProbeSupport.WhyNot("uprobe"),
                () => BpfProbe.Signature.Of(Arguments(arguments))) { Path = path } : null;
    }

    /// <inheritdoc/>
    public override string? ShortName(string name) =>
        name.StartsWith($"{path}:", StringComparison.Ordinal) ? name[(path.Length + 1)..] : null;

    /// <summary>
    /// The arguments that a note describes: "-4@%edi 8@-16(%rbp)" is a signed number of four bytes and one of eight. They have no names.
    /// </summary>
    /// <param name="text">The text of the note.</param>
    internal static IReadOnlyList<ProbeArgument> Arguments(string text) => Argument().Matches(text).Select((match, index) =>
    {
        var size = match.Groups["size"].Success
            ? uint.Parse(match.Groups["size"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 8;
        var isSigned = match.Groups["sign"].Success;
        var isNumber = size is 1 or 2 or 4 or 8 && !match.Groups["float"].Success;
        return new ProbeArgument(string.Create(CultureInfo.InvariantCulture, $"arg{index}"),
            string.Create(CultureInfo.InvariantCulture, $"{(isNumber ? isSigned ? "s" : "u" : "f")}{size * 8}"),
            isNumber ? ArgumentKind.Number : ArgumentKind.Opaque, (uint)index, size) { IsSigned = isSigned };
    }).ToArray();

    // Size, sign and place. A place can have spaces only inside its parentheses.
    [GeneratedRegex(@"(?:(?<sign>-)?(?<size>\d{1,2})(?<float>f)?@)(?<place>[^\s(]*(?:\([^)]*\))?\S*)")]
    private static partial Regex Argument();
}
