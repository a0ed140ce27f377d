using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Owns a C string that came from malloc.</summary>
internal sealed unsafe class DwflString : SafeHandle
{
    public DwflString() : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The string; null if there is none.</summary>
    public string? Text => Marshal.PtrToStringUTF8(handle);

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}
