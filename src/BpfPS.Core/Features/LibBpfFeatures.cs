using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>The system's libbpf: its version, and which functions newer than 1.0 it has.</summary>
internal static class LibBpfFeatures
{
    // The versions come from libbpf's own list of exports, src/libbpf.map.
    private static readonly (string Function, string Since, string Purpose)[] s_newer =
    [
        ("user_ring_buffer__new", "1.1", "sends records to programs"),
        ("bpf_obj_pin_opts", "1.3", "pins relative to a mounted bpffs"),
        ("bpf_prog_detach_opts", "1.3", "detaches from a position in an order"),
        ("bpf_program__attach_netfilter", "1.3", "attaches netfilter programs"),
        ("bpf_program__attach_netkit", "1.3", "attaches to netkit devices"),
        ("bpf_program__attach_tcx", "1.3", "attaches TC programs with tcx"),
        ("bpf_program__attach_uprobe_multi", "1.3", "attaches one program to many places of a file (uprobe.multi)"),
        ("ring__consume", "1.3", "reads one ring of several"),
        ("bpf_program__attach_raw_tracepoint_opts", "1.4", "attaches raw tracepoints with a cookie"),
        ("bpf_token_create", "1.4", "delegates rights to containers"),
        ("bpf_map__set_autoattach", "1.5", "leaves a struct_ops map unattached"),
        ("bpf_program__attach_sockmap", "1.5", "attaches to socket maps with a link"),
        ("ring_buffer__consume_n", "1.5", "reads a limited number of records"),
        ("bpf_object__prepare", "1.6", "relocates an object without loading it"),
        ("bpf_prog_stream_read", "1.6", "reads what programs print to their streams"),
        ("bpf_program__attach_cgroup_opts", "1.6", "attaches to cgroups in a defined order"),
        ("bpf_program__assoc_struct_ops", "1.7", "ties a program to a struct_ops map"),
    ];

    public static IEnumerable<BpfFeature> Rows()
    {
        if (Missing is { } error)
        {
            yield return new BpfFeature(BpfFeatureCategory.LibBpf, "libbpf", BpfSupport.No, error.Message) { Since = new Version(1, 1) };
            yield break;
        }
        var version = LibBpfLibrary.Version;
        yield return new BpfFeature(BpfFeatureCategory.LibBpf, "libbpf", BpfSupport.Yes) { Value = version.ToString() };
        var library = NativeLibrary.Load(LibBpf.Library, typeof(LibBpf).Assembly, null);
        foreach (var (function, since, purpose) in s_newer)
        {
            yield return NativeLibrary.TryGetExport(library, function, out _)
                ? new BpfFeature(BpfFeatureCategory.LibBpf, function, BpfSupport.Yes, purpose) { Since = Version.Parse(since) }
                : new BpfFeature(BpfFeatureCategory.LibBpf, function, BpfSupport.No,
                    $"libbpf {version} does not have this function, which {purpose}; it requires libbpf {since} or later")
                {
                    Since = Version.Parse(since),
                };
        }
    }

    /// <summary>Why libbpf is not available; null if it is.</summary>
    public static BpfException? Missing
    {
        get
        {
            try
            {
                LibBpfLibrary.Require();
                return null;
            }
            catch (BpfException e)
            {
                return e;
            }
        }
    }
}
