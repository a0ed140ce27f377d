using System.Globalization;

namespace BpfPS.Records;

/// <summary>Shows a device's number as people know it. The names are injected, because records do not read any file themselves.</summary>
internal static class DeviceText
{
    private const int MinorBits = 20; // include/linux/kdev_t.h

    /// <summary>Finds the name of the device with a major and a minor number; null if there is no such device. Set once.</summary>
    public static Func<uint, uint, string?> FindName { get; set; } = (_, _) => null;

    /// <summary>A kernel's dev_t as "259:0 nvme0n1"; the numbers alone if there is no such device.</summary>
    /// <param name="device">The number, a uint.</param>
    public static string Format(object? device)
    {
        if (device is not uint number)
        {
            return RecordText.Format(device);
        }
        var (major, minor) = (number >> MinorBits, number & ((1u << MinorBits) - 1));
        var numbers = string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}");
        return FindName(major, minor) is { } name ? $"{numbers} {VisibleText.Escape(name)}" : numbers;
    }
}
