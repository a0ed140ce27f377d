using BpfPS.Host;

namespace BpfPS.Features;

/// <summary>The file systems that BPF uses.</summary>
internal static class FileSystemRows
{
    private static readonly (string Type, string Name, string Purpose)[] s_all =
    [
        ("bpf", "bpffs", "pins live in it; starting a program with a pin mounts it"),
        ("tracefs", "tracefs", "tracepoints are attached through it; starting a program mounts it"),
        ("cgroup2", "cgroup2", "programs are attached to its directories"),
    ];

    public static IEnumerable<BpfFeature> Rows()
    {
        foreach (var (type, name, purpose) in s_all)
        {
            var places = MountTable.PlacesOf(type);
            yield return places.Count > 0
                ? new BpfFeature(BpfFeatureCategory.FileSystem, name, BpfSupport.Yes) { Value = string.Join(' ', places) }
                : new BpfFeature(BpfFeatureCategory.FileSystem, name, BpfSupport.No, $"mounted nowhere; {purpose}");
        }
    }
}
