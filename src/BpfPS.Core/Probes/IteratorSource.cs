using BpfPS.Btf;

namespace BpfPS.Probes;

/// <summary>
/// What iterators can visit: each has a function bpf_iter_NAME in BTF that shows the arguments, and a struct bpf_iter__NAME for programs.
/// </summary>
internal sealed class IteratorSource : ProbeSource
{
    private const string FunctionPrefix = "bpf_iter_";
    private const string ContextPrefix = "bpf_iter__";

    /// <inheritdoc/>
    public override BpfProbeKind Kind => BpfProbeKind.Iterator;

    /// <inheritdoc/>
    public override string Word => "iterator";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names() => [.. KernelProbeTypes.Shared.Functions.Keys
        .Where(name => name.StartsWith(FunctionPrefix, StringComparison.Ordinal)).Select(name => name[FunctionPrefix.Length..])
        .Where(name => KernelProbeTypes.Shared.Struct(ContextPrefix + name) is not null).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public override BpfProbe? Find(string name)
    {
        // The types take long to read the first time, and a name with a colon is that of something else.
        if (name.Contains(':', StringComparison.Ordinal))
        {
            return null;
        }
        var types = KernelProbeTypes.Shared;
        return types.Struct(ContextPrefix + name) is not null && types.Function(FunctionPrefix + name) is { } function
            && types.All[function.Target] is BtfFunctionPrototype prototype
            ? new BpfProbe(Kind, name, "iter", ProbeSupport.WhyNot("trace_iter"),
                () => BpfProbe.Signature.Of(FunctionArguments.Of(prototype, types))) : null;
    }
}
