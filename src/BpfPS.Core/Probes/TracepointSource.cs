using BpfPS.Btf;

namespace BpfPS.Probes;

/// <summary>
/// Tracepoints: those of tracefs as "subsystem:name", and those that only BTF has, which have no format and go by their name alone.
/// </summary>
internal sealed class TracepointSource : ProbeSource
{
    private const string TypePrefix = "btf_trace_";
    private const string CallerPrefix = "__traceiter_";

    /// <inheritdoc/>
    public override BpfProbeKind Kind => BpfProbeKind.Tracepoint;

    /// <inheritdoc/>
    public override string Word => "tracepoint";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names()
    {
        var described = TracepointCatalog.Names();
        var known = described.Select(name => name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..]).ToHashSet(StringComparer.Ordinal);
        return [.. described.Concat(KernelProbeTypes.Shared.Typedefs.Keys
            .Where(name => name.StartsWith(TypePrefix, StringComparison.Ordinal)).Select(name => name[TypePrefix.Length..])
            .Where(name => !known.Contains(name))).Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public override BpfProbe? Find(string name)
    {
        if (name.AsSpan().ContainsAny(':', '/'))
        {
            return Described(name.Replace('/', ':'));
        }
        return TracepointCatalog.Complete(name) is { } full ? Described(full)
            : Prototype(name, KernelProbeTypes.Shared) is { } prototype
                ? new BpfProbe(Kind, name, "tp_btf", ProbeSupport.WhyNot("trace_raw_tp"),
                    () => BpfProbe.Signature.Of(FunctionArguments.Of(prototype, KernelProbeTypes.Shared, skipped: 1))) : null;
    }

    /// <inheritdoc/>
    public override string? ShortName(string name) =>
        name.IndexOf(':', StringComparison.Ordinal) is var at and >= 0 ? name[(at + 1)..] : null;

    /// <summary>
    /// The function that calls the programs of a BTF tracepoint: its first parameter is of the kernel's own, and the others are those of
    /// the tracepoint by name. Null if there is no such tracepoint.
    /// </summary>
    /// <param name="name">The tracepoint's name, without a subsystem.</param>
    /// <param name="types">The kernel's types.</param>
    internal static BtfFunctionPrototype? Prototype(string name, ProbeTypes types)
    {
        if (types.Typedef(TypePrefix + name) is not { } typedef)
        {
            return null;
        }
        return types.Function(CallerPrefix + name) is { } caller ? types.All[caller.Target] as BtfFunctionPrototype
            : types.All.Resolve(typedef.Target) is BtfReference { Kind: BtfKind.Pointer } pointer
                ? types.All[pointer.Target] as BtfFunctionPrototype : null;
    }

    private BpfProbe? Described(string name) => !TracepointCatalog.Has(name) ? null
        : new BpfProbe(Kind, name, "tracepoint", ProbeSupport.WhyNot("tracepoint"),
            () => BpfProbe.Signature.Of(TracepointArguments.Of(TracepointCatalog.Read(name), KernelProbeTypes.Shared)));
}
