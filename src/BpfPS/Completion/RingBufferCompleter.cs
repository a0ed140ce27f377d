namespace BpfPS.Commands;

/// <summary>Completes the names of ring buffers: those of the file or tool that is named, or those in the kernel.</summary>
public sealed class RingBufferCompleter : ObjectMapCompleter
{
    private protected override bool IsTaken(string type) => type is "ringbuf" or "perf_event_array";
}
