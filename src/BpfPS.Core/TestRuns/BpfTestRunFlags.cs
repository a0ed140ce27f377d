namespace BpfPS;

/// <summary>Options of a test run (BPF_F_TEST_* of include/uapi/linux/bpf.h).</summary>
[Flags]
public enum BpfTestRunFlags
{
    /// <summary>No option.</summary>
    None = 0,

    /// <summary>raw_tracepoint: run on the given CPU (BPF_F_TEST_RUN_ON_CPU).</summary>
    RunOnCpu = 1,

    /// <summary>
    /// xdp: the kernel carries out the program's verdict and really sends, redirects or receives packets (BPF_F_TEST_XDP_LIVE_FRAMES,
    /// Linux 5.18 or later).
    /// </summary>
    XdpLiveFrames = 2,

    /// <summary>Packets have a checksum over all of their bytes (BPF_F_TEST_SKB_CHECKSUM_COMPLETE, Linux 6.11 or later).</summary>
    SkbChecksumComplete = 4,
}
