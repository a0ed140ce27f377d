using System.Globalization;

namespace BpfPS.Links;

/// <summary>The names of netfilter families, hooks and priorities, as nft uses them.</summary>
internal static class NetfilterNames
{
    /// <summary>A protocol family (NFPROTO_ in linux/netfilter.h).</summary>
    public static string Family(uint family) => family switch
    {
        1 => "inet", 2 => "ip", 3 => "arp", 5 => "netdev", 7 => "bridge", 10 => "ip6", _ => Number("family", family),
    };

    /// <summary>A hook of the IP families (NF_INET_ in linux/netfilter.h).</summary>
    public static string Hook(uint hook) => hook switch
    {
        0 => "prerouting", 1 => "input", 2 => "forward", 3 => "output", 4 => "postrouting", 5 => "ingress", _ => Number("hook", hook),
    };

    /// <summary>A priority (NF_IP_PRI_ in linux/netfilter_ipv4.h): the number, and its name if it has one.</summary>
    public static string Priority(int priority)
    {
        var name = priority switch
        {
            -300 => "raw", -225 => "selinux-first", -200 => "conntrack", -150 => "mangle", -100 => "dstnat",
            0 => "filter", 50 => "security", 100 => "srcnat", _ => null,
        };
        var number = priority.ToString(CultureInfo.InvariantCulture);
        return name is null ? number : $"{number} ({name})";
    }

    private static string Number(string what, uint number) => string.Create(CultureInfo.InvariantCulture, $"{what} {number}");
}
