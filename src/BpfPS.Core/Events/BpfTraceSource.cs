namespace BpfPS;

/// <summary>Where a message of a program was written to.</summary>
public enum BpfTraceSource
{
    /// <summary>The kernel's trace, by bpf_printk.</summary>
    Trace,

    /// <summary>The program's own output stream, by bpf_stream_printk (BPF_STDOUT).</summary>
    Stdout,

    /// <summary>The program's own error stream (BPF_STDERR): by itself, or by the kernel about it.</summary>
    Stderr,
}
