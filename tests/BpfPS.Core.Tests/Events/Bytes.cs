using System.Runtime.InteropServices;

namespace BpfPS.Core.Tests.Events;

/// <summary>The bytes of records.</summary>
internal static class Bytes
{
    /// <summary>Bytes that differ from record to record, and within each.</summary>
    public static byte[] Numbered(int number, int length) =>
        [.. Enumerable.Range(0, length).Select(i => (byte)((number * 31) + (i * 7) + (i >> 8)))];

    /// <summary>A copy of what lies at an address.</summary>
    public static byte[] At(nint address, int length)
    {
        var bytes = new byte[length];
        Marshal.Copy(address, bytes, 0, length);
        return bytes;
    }
}
