namespace BpfPS.Probes;

/// <summary>System calls that have tracepoints at their entry and their return.</summary>
internal sealed class SystemCallSource : ProbeSource
{
    /// <inheritdoc/>
    public override BpfProbeKind Kind => BpfProbeKind.Syscall;

    /// <inheritdoc/>
    public override string Word => "system call";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names() => TracepointCatalog.SystemCalls();

    /// <inheritdoc/>
    public override BpfProbe? Find(string name)
    {
        var traced = SystemCallAliases.Traced(name);
        return !TracepointCatalog.Has($"{SystemCallProbe.Subsystem}:{SystemCallProbe.EntryPrefix}{traced}") ? null
            : new BpfProbe(Kind, SystemCallAliases.Common(traced), "tracepoint", ProbeSupport.WhyNot("tracepoint"), () =>
            {
                var call = TracepointCatalog.ReadSystemCall(traced, KernelProbeTypes.Shared);
                return BpfProbe.Signature.Of(call.Arguments, call.Result);
            });
    }
}
