using BpfPS.Host;
using BpfPS.Records;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>The kernel's clock in local time, where the zone's offset changes in the course of the year.</summary>
public sealed class KernelClockTests : IDisposable
{
    private const string Zone = "Europe/Berlin";

    private readonly string? _before = Environment.GetEnvironmentVariable("TZ");

    public KernelClockTests()
    {
        Assert.SkipUnless(File.Exists($"/usr/share/zoneinfo/{Zone}"), "no tzdata is installed");
        MachineClock.HandIn();
        Environment.SetEnvironmentVariable("TZ", Zone);
        TimeZoneInfo.ClearCachedData();
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("TZ", _before);
        TimeZoneInfo.ClearCachedData();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    public void A_time_has_the_offset_that_its_zone_has_then(int month, int hours)
    {
        var time = new DateTime(DateTime.UtcNow.Year + 2, month, 15, 12, 0, 0, DateTimeKind.Utc); // the clock has nothing before the boot

        var local = KernelClock.FromBootTime((ulong)KernelClock.ToBootTime(time));

        Assert.Equal(time, local.ToUniversalTime());
        Assert.Equal(12 + hours, local.Hour);
        Assert.EndsWith($"+0{hours}:00", local.ToString("o", System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_without_a_zone_is_local_and_a_far_one_does_not_wrap()
    {
        var local = new DateTime(2030, 7, 15, 12, 0, 0, DateTimeKind.Local);

        Assert.Equal(KernelClock.ToBootTime(local), KernelClock.ToBootTime(DateTime.SpecifyKind(local, DateTimeKind.Unspecified)));
        Assert.True(KernelClock.ToBootTime(DateTime.MaxValue) > long.MaxValue);
    }
}
