using System.IO.Compression;

namespace BpfPS.Features;

/// <summary>The options that the running kernel was built with.</summary>
internal static class KernelConfiguration
{
    private const string Prefix = "CONFIG_";

    // The options that matter to BPF; the whole configuration has about ten thousand.
    private static readonly string[] s_relevant =
    [
        "BPF", "BPF_SYSCALL", "HAVE_EBPF_JIT", "BPF_JIT", "BPF_JIT_ALWAYS_ON", "BPF_JIT_DEFAULT_ON", "BPF_UNPRIV_DEFAULT_OFF",
            "BPF_PRELOAD", "BPF_LSM", "LSM",
        "DEBUG_INFO_BTF", "DEBUG_INFO_BTF_MODULES", "MODULE_ALLOW_BTF_MISMATCH", "IKCONFIG_PROC",
        "CGROUPS", "CGROUP_BPF", "CGROUP_NET_CLASSID", "SOCK_CGROUP_DATA",
        "BPF_EVENTS", "PERF_EVENTS", "TRACING", "KPROBES", "KPROBE_EVENTS", "UPROBES", "UPROBE_EVENTS", "FTRACE_SYSCALLS", "FPROBE",
            "FUNCTION_TRACER", "DYNAMIC_FTRACE",
        "DYNAMIC_FTRACE_WITH_DIRECT_CALLS", "FUNCTION_ERROR_INJECTION", "BPF_KPROBE_OVERRIDE", "SCHED_CLASS_EXT",
        "NET", "INET", "XDP_SOCKETS", "LWTUNNEL_BPF", "NET_ACT_BPF", "NET_CLS_BPF", "NET_CLS_ACT", "NET_SCH_INGRESS", "NET_SCH_BPF",
            "NET_XGRESS", "NETKIT", "XFRM",
        "IP_ROUTE_CLASSID", "IPV6_SEG6_BPF", "BPF_STREAM_PARSER", "NETFILTER_BPF_LINK", "NETFILTER_XT_MATCH_BPF", "BPF_LIRC_MODE2",
            "HID_BPF", "BPFILTER",
        "BPFILTER_UMH", "TEST_BPF", "SECURITY_LOCKDOWN_LSM", "HZ",
    ];

    private static readonly Lazy<(string? Path, IReadOnlyDictionary<string, string> Options)> s_read = new(Read);

    /// <summary>The file with the configuration; null if this system has none.</summary>
    public static string? Path => s_read.Value.Path;

    /// <summary>The options that are set, by name including CONFIG_.</summary>
    public static IReadOnlyDictionary<string, string> Options => s_read.Value.Options;

    /// <summary>The options that concern BPF.</summary>
    public static IEnumerable<BpfFeature> Relevant() => s_relevant.Select(name => Row(Prefix + name));

    /// <summary>The options that concern BPF, and all others that are set.</summary>
    public static IEnumerable<BpfFeature> All() => s_relevant.Select(name => Prefix + name).Union(Options.Keys).Select(Row);

    /// <summary>The end of a sentence about an option that is off; empty if the option is on or unknown.</summary>
    public static string Hint(string? option) => option is null || Path is null ? ""
        : Options.ContainsKey(option) ? "" : $"; the kernel was built without {option}";

    private static BpfFeature Row(string name) => Path is null
        ? new BpfFeature(BpfFeatureCategory.KernelConfiguration, name, BpfSupport.Unknown,
            "neither /proc/config.gz nor a /boot/config file for this kernel exists")
        : Options.TryGetValue(name, out var value)
            ? new BpfFeature(BpfFeatureCategory.KernelConfiguration, name, BpfSupport.Yes, value == "m" ? "as a module"
                : null) { Value = value }
            : new BpfFeature(BpfFeatureCategory.KernelConfiguration, name, BpfSupport.No, $"not set in {Path}");

    private static (string?, IReadOnlyDictionary<string, string>) Read()
    {
        var release = ReadLine("/proc/sys/kernel/osrelease");
        foreach (var path in (string[])["/proc/config.gz", $"/boot/config-{release}", $"/lib/modules/{release}/config",
            $"/usr/lib/modules/{release}/config"])
        {
            try
            {
                using Stream file = File.OpenRead(path);
                using var text = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal)
                    ? new GZipStream(file, CompressionMode.Decompress) : file);
                var options = new Dictionary<string, string>(StringComparer.Ordinal);
                while (text.ReadLine() is { } line)
                {
                    if (line.StartsWith(Prefix, StringComparison.Ordinal) && line.IndexOf('=') is var equals and > 0)
                    {
                        options[line[..equals]] = line[(equals + 1)..].Trim('"');
                    }
                }
                return (path, options);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                continue; // try the next path
            }
        }
        return (null, new Dictionary<string, string>());
    }

    private static string ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Environment.OSVersion.Version.ToString();
        }
    }
}
