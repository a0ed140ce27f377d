using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Owns a struct btf.</summary>
internal sealed unsafe class BtfHandle : SafeHandle
{
    public BtfHandle(nint pointer) : base(0, ownsHandle: true) => SetHandle(pointer);

    public override bool IsInvalid => handle == 0;

    /// <summary>A copy of the raw bytes of a struct btf.</summary>
    public static byte[] Copy(nint btf)
    {
        var data = LibBpf.btf__raw_data(btf, out var size);
        return data == 0 ? [] : new ReadOnlySpan<byte>((void*)data, (int)size).ToArray();
    }

    public byte[] ToArray() => Copy(handle);

    protected override bool ReleaseHandle()
    {
        LibBpf.btf__free(handle);
        return true;
    }
}
