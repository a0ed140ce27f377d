using BpfPS.Host;

namespace BpfPS.Probes;

/// <summary>The functions of a program or library, from its symbol tables. Their arguments are not known there.</summary>
/// <param name="path">The file.</param>
internal sealed class UserFunctionSource(string path) : ProbeSource
{
    private readonly Lazy<HashSet<string>> _functions = new(() => ElfSymbols.Functions(path).ToHashSet(StringComparer.Ordinal));

    /// <inheritdoc/>
    public override BpfProbeKind Kind => BpfProbeKind.UserFunction;

    /// <inheritdoc/>
    public override string Word => "function";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names() =>
        [.. _functions.Value.Order(StringComparer.Ordinal).Select(name => $"{path}:{name}")];

    /// <inheritdoc/>
    public override BpfProbe? Find(string name)
    {
        var function = ShortName(name) ?? name;
        return !_functions.Value.Contains(function) ? null
            : new BpfProbe(Kind, $"{path}:{function}", "uprobe", ProbeSupport.WhyNot("uprobe"), () => BpfProbe.Signature.None)
            {
                Path = path,
            };
    }

    /// <inheritdoc/>
    public override string? ShortName(string name) =>
        name.StartsWith($"{path}:", StringComparison.Ordinal) ? name[(path.Length + 1)..] : null;
}
