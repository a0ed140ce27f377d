using System.Globalization;

namespace BpfPS.Features;

/// <summary>Which type information the kernel offers.</summary>
internal static class BtfRows
{
    private const string Folder = "/sys/kernel/btf";

    public static IEnumerable<BpfFeature> Rows()
    {
        yield return !File.Exists(KernelTypes.Path)
            ? new BpfFeature(BpfFeatureCategory.Btf, "vmlinux", BpfSupport.No,
                $"there is no {KernelTypes.Path}{KernelConfiguration.Hint("CONFIG_DEBUG_INFO_BTF")}")
            : KernelTypes.Index is { } index
                ? new BpfFeature(BpfFeatureCategory.Btf, "vmlinux",
                    BpfSupport.Yes) { Value = string.Create(CultureInfo.InvariantCulture, $"{index.Types.Count} types") }
                : new BpfFeature(BpfFeatureCategory.Btf, "vmlinux", BpfSupport.Unknown,
                    $"{KernelTypes.Path} cannot be read, or is damaged");
        var modules = Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder).Count(path => Path.GetFileName(path) != "vmlinux") : 0;
        yield return modules > 0
            ? new BpfFeature(BpfFeatureCategory.Btf, "modules",
                BpfSupport.Yes) { Value = string.Create(CultureInfo.InvariantCulture, $"{modules} modules") }
            : KernelConfiguration.Options.ContainsKey("CONFIG_DEBUG_INFO_BTF_MODULES")
                ? new BpfFeature(BpfFeatureCategory.Btf, "modules", BpfSupport.Yes,
                    "no module that has any is loaded now") { Value = "0 modules" }
                : KernelConfiguration.Path is null
                    ? new BpfFeature(BpfFeatureCategory.Btf, "modules", BpfSupport.Unknown,
                        "no loaded module has any, and nothing tells how this kernel was built")
                    : new BpfFeature(BpfFeatureCategory.Btf, "modules", BpfSupport.No,
                        "this kernel was built without CONFIG_DEBUG_INFO_BTF_MODULES");
    }
}
