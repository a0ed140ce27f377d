namespace BpfPS;

/// <summary>Where an XDP program runs.</summary>
public enum BpfXdpMode
{
    /// <summary>In the driver if it supports XDP, otherwise in the network stack.</summary>
    Default = 0,

    /// <summary>In the network stack, on any interface (XDP_FLAGS_SKB_MODE).</summary>
    Generic = 1 << 1,

    /// <summary>In the driver (XDP_FLAGS_DRV_MODE).</summary>
    Native = 1 << 2,

    /// <summary>In the network card (XDP_FLAGS_HW_MODE).</summary>
    Offload = 1 << 3,
}
