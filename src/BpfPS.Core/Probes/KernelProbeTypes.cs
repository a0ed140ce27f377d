using BpfPS.Btf;
using BpfPS.Host;

namespace BpfPS.Probes;

/// <summary>The types of the running kernel for probes; empty if it has none that can be read.</summary>
internal static class KernelProbeTypes
{
    /// <summary>The types. They are read when one is asked for first.</summary>
    public static ProbeTypes Shared { get; } = new(() =>
    {
        try
        {
            return KernelBtf.Kernel;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BtfFormatException)
        {
            return BtfTypes.None;
        }
    });
}
