using System.Runtime.InteropServices;

namespace BpfPS.Features;

/// <summary>A C string, for attributes that hold its address.</summary>
internal sealed class NativeText(string text) : IDisposable
{
    public nint Address { get; } = Marshal.StringToCoTaskMemUTF8(text);

    public void Dispose() => Marshal.FreeCoTaskMem(Address);
}
