using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct statfs on 64-bit Linux. Only the type is read; the rest is padding.</summary>
[StructLayout(LayoutKind.Sequential, Size = 120)]
internal struct FileSystemStatus
{
    public long Type;
}
