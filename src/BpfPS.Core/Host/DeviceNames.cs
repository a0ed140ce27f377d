using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using BpfPS.Records;

namespace BpfPS.Host;

/// <summary>The names of this machine's devices, from sysfs. A number that a block device has is taken as that one's.</summary>
internal static class DeviceNames
{
    private static readonly string[] s_kinds = ["block", "char"];

    /// <summary>The name of the device with these numbers; null if there is none.</summary>
    public static string? Find(uint major, uint minor)
    {
        foreach (var kind in s_kinds)
        {
            // A link such as ../../devices/pci0000:00/.../nvme0n1.
            if (Target(string.Create(CultureInfo.InvariantCulture, $"/sys/dev/{kind}/{major}:{minor}")) is { } target)
            {
                return Path.GetFileName(target);
            }
        }
        return null;
    }

    /// <summary>Passes the names to the records, when the engine is loaded.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255",
        Justification = "The engine has many entry points, and the names must be known before any of them is called.")]
    internal static void HandIn() => DeviceText.FindName = Find;

    private static string? Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
