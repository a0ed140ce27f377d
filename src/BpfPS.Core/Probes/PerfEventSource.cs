using BpfPS.Host;

namespace BpfPS.Probes;

/// <summary>The events that the kernel (software) and the processor (hardware, caches) count.</summary>
internal sealed class PerfEventSource : ProbeSource
{
    /// <inheritdoc/>
    public override BpfProbeKind Kind => BpfProbeKind.PerfEvent;

    /// <inheritdoc/>
    public override string Word => "perf event";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names() => [.. PerfEventList.All.Keys.Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public override BpfProbe? Find(string name) => PerfEventList.All.Keys.FirstOrDefault(known =>
        known.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known
        ? new BpfProbe(Kind, known, "perf_event", ProbeSupport.WhyNotEvent(known), () => BpfProbe.Signature.None) : null;
}
