namespace BpfPS;

/// <summary>The numbers of enum bpf_attach_type and enum bpf_prog_type (include/uapi/linux/bpf.h) that are needed where the section's own word is not enough.</summary>
internal static class AttachTypes
{
    public const uint FlowDissector = 17;
    public const uint SkLookup = 36;
    public const uint Xdp = 37;
    public const uint LsmCgroup = 43;
    public const uint Netfilter = 45;
    public const uint TcxIngress = 46;
    public const uint TcxEgress = 47;
    public const uint NetkitPrimary = 54;
    public const uint NetkitPeer = 55;

    public const int SchedClsProgram = 3;
    public const int NetfilterProgram = 32;
}
