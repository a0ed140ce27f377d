using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct perf_event_header (linux/perf_event.h): what stands in front of every record of a perf buffer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PerfRecordHeader
{
    /// <summary>PERF_RECORD_LOST: an id and the number of records for which there was no room, 8 bytes each.</summary>
    public const uint Lost = 2;

    /// <summary>PERF_RECORD_SAMPLE: with PERF_SAMPLE_RAW, the length of the data in 4 bytes, and the data.</summary>
    public const uint Sample = 9;

    public uint Type;
    public ushort Misc;

    /// <summary>The number of bytes of the record, with this header.</summary>
    public ushort Size;
}
