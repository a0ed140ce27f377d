using System.Globalization;

namespace BpfPS.Features;

/// <summary>The type information of the kernel.</summary>
internal static class BtfRows
{
    private const string Folder = "/sys/kernel/btf";

    public static IEnumerable<BpfFeature> Rows()
    {
        yield return !File.Exists(KernelTypes.Path)
            ? Row("vmlinux", BpfSupport.No, $"{KernelTypes.Path} does not exist{KernelConfiguration.Hint("CONFIG_DEBUG_INFO_BTF")}")
            : KernelTypes.Index is { } index
            ? Row("vmlinux", BpfSupport.Yes, value: string.Create(CultureInfo.InvariantCulture, $"{index.Types.Count} types"))
            : Row("vmlinux", BpfSupport.Unknown, $"{KernelTypes.Path} cannot be read, or is damaged");
        var modules = Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder).Count(path => Path.GetFileName(path) != "vmlinux") : 0;
        yield return modules > 0
            ? Row("modules", BpfSupport.Yes, value: string.Create(CultureInfo.InvariantCulture, $"{modules} modules"))
            : KernelConfiguration.Options.ContainsKey("CONFIG_DEBUG_INFO_BTF_MODULES")
            ? Row("modules", BpfSupport.Yes, "no module with BTF is loaded", "0 modules")
            : KernelConfiguration.Path is null
            ? Row("modules", BpfSupport.Unknown, "no loaded module has BTF, and the kernel's configuration is unknown")
            : Row("modules", BpfSupport.No, "the kernel was built without CONFIG_DEBUG_INFO_BTF_MODULES");
    }

    private static BpfFeature Row(string name, BpfSupport support, string? reason = null, string? value = null) =>
        new(BpfFeatureCategory.Btf, name, support, reason) { Value = value };
}
