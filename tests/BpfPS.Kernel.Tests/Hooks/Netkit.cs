using System.Globalization;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Pairs of netkit interfaces.</summary>
internal static class Netkit
{
    private static int s_count;

    /// <summary>Makes a pair of them in this network namespace, both down.</summary>
    /// <returns>The primary end's name; null where this kernel has no netkit.</returns>
    public static string? TryMake()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"nk{Environment.ProcessId}{Interlocked.Increment(ref s_count)}");
        // iproute2 before 6.7 has no words for netkit's own attributes: the kernel names the peer itself.
        return Command.Run("ip", "link", "add", name, "type", "netkit").ExitCode == 0 ? name : null;
    }
}
