namespace BpfPS.Host;

/// <summary>This start of this machine's kernel.</summary>
internal static class MachineBoot
{
    private static readonly Lazy<string> s_id = new(() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());

    /// <summary>The kernel's boot id: random, and another one at each start of each host. Containers of a host have the same.</summary>
    public static string Id => s_id.Value;
}
