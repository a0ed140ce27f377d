namespace BpfPS.Probes;

/// <summary>The passing of time: on every CPU so many times a second, or once in a period.</summary>
internal sealed class TimerSource : ProbeSource
{
    private const string Sample = "sample";
    private const string Interval = "interval";

    /// <inheritdoc/>
    public override BpfProbeKind Kind => BpfProbeKind.Timer;

    /// <inheritdoc/>
    public override string Word => "timer";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names() => [Interval, Sample];

    /// <inheritdoc/>
    public override BpfProbe? Find(string name) =>
        Names().FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known
            ? new BpfProbe(Kind, known, "perf_event", ProbeSupport.WhyNotEvent("cpu-clock"), () => BpfProbe.Signature.None) : null;
}
