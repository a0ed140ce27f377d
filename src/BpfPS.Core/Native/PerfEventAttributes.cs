using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct perf_event_attr in its first published size (PERF_ATTR_SIZE_VER0, 64 bytes).</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct PerfEventAttributes
{
    public uint Type;
    public uint Size;
    public ulong Config;
    public ulong SamplePeriodOrFrequency;
    public ulong SampleType;
    public ulong ReadFormat;
    public ulong Flags;

    /// <summary>How many records wake a reader of the buffer.</summary>
    public uint WakeUpEvents;
}
