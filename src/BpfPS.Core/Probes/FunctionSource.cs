using BpfPS.Btf;

namespace BpfPS.Probes;

/// <summary>
/// The functions of the kernel. fentry, which is cheaper and knows the arguments by BTF, comes before kprobe, which takes nearly every
/// function.
/// </summary>
internal sealed class FunctionSource : ProbeSource
{
    private const string Entry = "fentry";
    private const string Probe = "kprobe";

    /// <inheritdoc/>
    public override BpfProbeKind Kind => BpfProbeKind.Function;

    /// <inheritdoc/>
    public override string Word => "function of the kernel";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names() => KernelFunctionList.Shared.Names;

    /// <inheritdoc/>
    public override BpfProbe? Find(string name)
    {
        // The list takes long to read the first time, and a name with a colon is that of something else.
        if (name.Contains(':', StringComparison.Ordinal) || KernelFunctionList.Shared is not { } list || list.Find(name) is not { } entry)
        {
            return null;
        }
        var types = KernelProbeTypes.Shared;
        // The BTF of modules describes their functions, and is not read here.
        var prototype = entry.Module is null && types.Function(name) is { } function ? types.All[function.Target] as BtfFunctionPrototype
            : null;
        var (way, reason) = WayTo(name, entry, prototype is not null, list);
        return new BpfProbe(Kind, name, way, reason, () => prototype is null ? BpfProbe.Signature.None
            : BpfProbe.Signature.Of(FunctionArguments.Of(prototype, types), FunctionArguments.Result(prototype, types)))
        {
            Module = entry.Module,
        };
    }

    private static (string Way, string? Reason) WayTo(string name, KernelFunctionList.Entry entry, bool hasTypes, KernelFunctionList list)
    {
        var entryReason = !hasTypes ? "the kernel's types do not describe it"
            : list.IsTraceable(name) == false ? "the compiler or the kernel leaves it out of what can be traced"
            : ProbeSupport.WhyNot("trace_fentry");
        if (entryReason is null)
        {
            return (Entry, null);
        }
        var probeReason = list.IsForbidden(name) ? "the kernel forbids probes in it"
            : entry.Count > 1 ? $"{entry.Count} functions have this name, and which is meant cannot be said"
            : ProbeSupport.WhyNot("kprobe");
        return (probeReason, hasTypes) switch
        {
            (null, _) => (Probe, null),
            (_, true) => (Entry, entryReason == probeReason ? entryReason : $"{Entry}: {entryReason}; {Probe}: {probeReason}"),
            _ => (Probe, probeReason),
        };
    }
}
