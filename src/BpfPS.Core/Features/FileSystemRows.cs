using BpfPS.Host;

namespace BpfPS.Features;

/// <summary>The file systems that BPF uses.</summary>
internal static class FileSystemRows
{
    private static readonly (string Type, string Name, string Purpose)[] s_all =
    [
        ("bpf", "bpffs", "holds the pins; starting a program with a pin mounts it"),
        ("tracefs", "tracefs", "needed to attach tracepoints; starting a program mounts it"),
        ("cgroup2", "cgroup2", "cgroup programs attach to its directories"),
    ];

    public static IEnumerable<BpfFeature> Rows()
    {
        foreach (var (type, name, purpose) in s_all)
        {
            var places = MountTable.PlacesOf(type);
            yield return places.Count > 0
                ? new BpfFeature(BpfFeatureCategory.FileSystem, name, BpfSupport.Yes) { Value = string.Join(' ', places) }
                : new BpfFeature(BpfFeatureCategory.FileSystem, name, BpfSupport.No, $"not mounted; {purpose}");
        }
    }
}
