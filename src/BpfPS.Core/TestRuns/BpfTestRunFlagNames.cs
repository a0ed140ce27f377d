namespace BpfPS.TestRuns;

/// <summary>The options of a test run as text, named after the kernel's BPF_F_TEST_* in lower case.</summary>
internal static class BpfTestRunFlagNames
{
    /// <summary><see cref="BpfTestRunFlags.XdpLiveFrames"/>.</summary>
    public const string XdpLiveFrames = "xdp_live_frames";

    /// <summary><see cref="BpfTestRunFlags.SkbChecksumComplete"/>.</summary>
    public const string SkbChecksumComplete = "skb_checksum_complete";

    /// <summary>The options that names stand for, in any case.</summary>
    /// <param name="names">Names; those that are not one of the constants mean nothing.</param>
    public static BpfTestRunFlags Parse(IReadOnlyCollection<string> names) =>
        Flag(names, XdpLiveFrames, BpfTestRunFlags.XdpLiveFrames) | Flag(names, SkbChecksumComplete, BpfTestRunFlags.SkbChecksumComplete);

    private static BpfTestRunFlags Flag(IReadOnlyCollection<string> names, string name, BpfTestRunFlags flag) =>
        names.Contains(name, StringComparer.OrdinalIgnoreCase) ? flag : BpfTestRunFlags.None;
}
