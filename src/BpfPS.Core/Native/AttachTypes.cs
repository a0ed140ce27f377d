namespace BpfPS.Native;

/// <summary>Members of enum bpf_attach_type (include/uapi/linux/bpf.h) that the engine uses by number.</summary>
internal static class AttachTypes
{
    public const uint CgroupIngress = 0;
    public const uint CgroupEgress = 1;
    public const uint SkSkbStreamParser = 4;
    public const uint SkSkbStreamVerdict = 5;
    public const uint SkMsgVerdict = 7;
    public const uint InfraredMode2 = 16;
    public const uint FlowDissector = 17;
    public const uint SkLookup = 36;
    public const uint Xdp = 37;
    public const uint SkSkbVerdict = 38;
    public const uint PerfEvent = 41;
    public const uint KprobeMulti = 42;
    public const uint LsmCgroup = 43;
    public const uint StructOps = 44;
    public const uint Netfilter = 45;
    public const uint TcxIngress = 46;
    public const uint TcxEgress = 47;
    public const uint UprobeMulti = 48;
    public const uint CgroupUnixConnect = 49;
    public const uint CgroupUnixSendMessage = 50;
    public const uint CgroupUnixReceiveMessage = 51;
    public const uint CgroupUnixPeerName = 52;
    public const uint CgroupUnixSocketName = 53;
    public const uint NetkitPrimary = 54;
    public const uint NetkitPeer = 55;

    /// <summary>The attach types of cgroups.</summary>
    public static IReadOnlyList<uint> OfCgroups { get; } = [0, 1, 2, 3, 6, 8, 9, 10, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 29, 30, 31, 32,
        34, LsmCgroup, CgroupUnixConnect, CgroupUnixSendMessage, CgroupUnixReceiveMessage, CgroupUnixPeerName, CgroupUnixSocketName];

    /// <summary>The attach types of socket maps.</summary>
    public static IReadOnlyList<uint> OfSocketMaps { get; } = [SkSkbStreamParser, SkSkbStreamVerdict, SkMsgVerdict, SkSkbVerdict];

    /// <summary>The attach types of network interfaces, except XDP and TC filters.</summary>
    public static IReadOnlyList<uint> OfInterfaces { get; } = [TcxIngress, TcxEgress, NetkitPrimary, NetkitPeer];

    /// <summary>The attach types of network namespaces.</summary>
    public static IReadOnlyList<uint> OfNetworkNamespaces { get; } = [FlowDissector, SkLookup];
}
