namespace BpfPS.Commands;

/// <summary>Completes the names of ring buffers in the kernel.</summary>
public sealed class RingBufferCompleter : MapNameCompleter
{
    private protected override bool IsTaken(BpfMap map) => map.SendsEvents;
}
