namespace BpfPS.Features;

/// <summary>A small program to hand to the verifier.</summary>
internal sealed record LoadRequest(uint Type)
{
    private const uint Sleepable = 1 << 4; // BPF_F_SLEEPABLE

    /// <summary>mov r0, 1; exit. For most types 1 is a verdict that lets things pass.</summary>
    public static ulong[] ReturnOne { get; } = [0x0000_0001_0000_00b7, 0x95];

    /// <summary>mov r0, 0; exit.</summary>
    public static ulong[] ReturnZero { get; } = [0xb7, 0x95];

    /// <summary>enum bpf_attach_type.</summary>
    public uint AttachType { get; init; }

    /// <summary>What a tracing program is for, in the kernel's BTF; null for programs that are for no place in particular.</summary>
    public Func<BtfTarget?>? Target { get; init; }

    /// <summary>BPF_F_SLEEPABLE and its like.</summary>
    public bool IsSleepable { get; init; }

    /// <summary>Whether to do without the verifier's log.</summary>
    public bool IsQuiet { get; init; }

    public ulong[] Instructions { get; init; } = ReturnOne;

    public uint Flags => IsSleepable ? Sleepable : 0;

    /// <summary>The same program calling a helper first.</summary>
    public LoadRequest Calling(uint helper) => this with { Instructions = [0x85 | (ulong)helper << 32, .. Instructions] };
}
