namespace BpfPS.Features;

/// <summary>A small program for the verifier to check.</summary>
internal sealed record LoadRequest(uint Type)
{
    private const uint Sleepable = 1 << 4; // BPF_F_SLEEPABLE

    /// <summary>mov r0, 1; exit. For most types 1 means "pass".</summary>
    public static ulong[] ReturnOne { get; } = [0x0000_0001_0000_00b7, 0x95];

    /// <summary>mov r0, 0; exit.</summary>
    public static ulong[] ReturnZero { get; } = [0xb7, 0x95];

    /// <summary>enum bpf_attach_type.</summary>
    public uint AttachType { get; init; }

    /// <summary>The target of a tracing program in the kernel's BTF; null for programs without a particular target.</summary>
    public Func<BtfTarget?>? Target { get; init; }

    /// <summary>BPF_F_SLEEPABLE and other flags.</summary>
    public bool IsSleepable { get; init; }

    /// <summary>Whether to load without a verifier log.</summary>
    public bool IsQuiet { get; init; }

    public ulong[] Instructions { get; init; } = ReturnOne;

    public uint Flags => IsSleepable ? Sleepable : 0;

    /// <summary>The same program, but with a call of a helper first.</summary>
    public LoadRequest Calling(uint helper) => this with { Instructions = [0x85 | (ulong)helper << 32, .. Instructions] };
}
