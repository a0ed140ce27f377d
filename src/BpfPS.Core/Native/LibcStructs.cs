using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    public int Fd;
    public short Events;
    public short Returned;
}

/// <summary>struct timespec on 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpecification
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>struct statfs on 64-bit Linux: only the type is read, the rest is room.</summary>
[StructLayout(LayoutKind.Sequential, Size = 120)]
internal struct FileSystemStatus
{
    public long Type;
}

/// <summary>struct perf_event_attr, its first published size (PERF_ATTR_SIZE_VER0, 64 bytes).</summary>
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
}
