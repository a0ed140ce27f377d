namespace BpfPS;

/// <summary>What can be asked of a test run (BPF_F_TEST_* of include/uapi/linux/bpf.h).</summary>
[Flags]
public enum BpfTestRunFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>raw_tracepoint: run on the CPU that is given (BPF_F_TEST_RUN_ON_CPU).</summary>
    RunOnCpu = 1,

    /// <summary>
    /// xdp: what the program says is done to the packets: they are sent, redirected or taken in (BPF_F_TEST_XDP_LIVE_FRAMES,
    /// since Linux 5.18).
    /// </summary>
    XdpLiveFrames = 2,

    /// <summary>Packets carry a checksum that covers all of them (BPF_F_TEST_SKB_CHECKSUM_COMPLETE, since Linux 6.11).</summary>
    SkbChecksumComplete = 4,
}
