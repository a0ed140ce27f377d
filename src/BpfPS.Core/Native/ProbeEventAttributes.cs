using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct perf_event_attr with room for the target of a probe (PERF_ATTR_SIZE_VER1, 72 bytes).</summary>
[StructLayout(LayoutKind.Sequential, Size = 72)]
internal struct ProbeEventAttributes
{
    public uint Type;
    public uint Size;
    public ulong Config;
    public ulong SamplePeriod;
    public ulong SampleType;
    public ulong ReadFormat;
    public ulong Flags;
    public uint WakeupEvents;
    public uint BreakpointType;

    /// <summary>A kprobe's function or a uprobe's file: a pointer to its name.</summary>
    public nint Place;

    /// <summary>The offset in the function or file, in bytes.</summary>
    public ulong Offset;
}
