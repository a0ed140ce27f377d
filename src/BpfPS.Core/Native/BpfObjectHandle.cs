using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Owns a struct bpf_object; closing it closes every program and map descriptor in it.</summary>
internal sealed class BpfObjectHandle : SafeHandle
{
    public BpfObjectHandle(nint pointer) : base(0, ownsHandle: true) => SetHandle(pointer);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibBpf.bpf_object__close(handle);
        return true;
    }
}
