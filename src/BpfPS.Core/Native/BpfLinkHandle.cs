using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Owns a struct bpf_link; destroying it detaches, unless the link is pinned.</summary>
internal sealed class BpfLinkHandle : SafeHandle
{
    public BpfLinkHandle(nint pointer) : base(0, ownsHandle: true) => SetHandle(pointer);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => LibBpf.bpf_link__destroy(handle) == 0;
}
