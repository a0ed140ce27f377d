using BpfPS.Events;

namespace BpfPS.Core.Tests.Events;

/// <summary>Which events are taken where there are more than a rate allows, with a clock that the test turns.</summary>
public class RateLimitTests
{
    [Theory]
    [InlineData(1, 1000)]
    [InlineData(3, 1000)]
    [InlineData(15, 1000)]
    [InlineData(100, 100_000)]
    [InlineData(7, 8)]
    [InlineData(1000, 3000)]
    public void No_more_than_the_rate_are_taken_in_any_second_and_hardly_fewer(int rate, int produced)
    {
        var taken = Taken(rate, TimeSpan.FromSeconds(10), produced);

        for (var begin = 0; begin <= 9000; begin += 100)
        {
            // A second that begins within a window has the end of one and the beginning of another.
            Assert.InRange(taken.Count(time => time >= begin && time < begin + 1000), rate * 0.8 - 1, rate * 1.1 + 1);
        }
        Assert.InRange(taken.Count, 10 * rate * 0.97, 10 * rate + 1);
    }

    [Fact]
    public void They_are_taken_evenly()
    {
        var taken = Taken(50, TimeSpan.FromSeconds(10), 10_000).Where(time => time >= 1000).ToArray();

        Assert.All(taken.Zip(taken.Skip(1), (one, next) => next - one), gap => Assert.InRange(gap, 10, 30));
    }

    [Fact]
    public void Where_fewer_come_than_allowed_all_are_taken() => Assert.Equal(990, Taken(100, TimeSpan.FromSeconds(10), 99).Count);

    [Fact]
    public void After_a_pause_the_first_events_are_taken()
    {
        var now = 0L;
        var limit = new RateLimit(10, () => now);
        for (; now < 1000; now++)
        {
            limit.Takes();
        }
        now = 5000;

        Assert.True(limit.Takes());
    }

    /// <summary>The times, in milliseconds, of those taken of events that come evenly.</summary>
    private static List<double> Taken(int rate, TimeSpan time, int perSecond)
    {
        var now = 0.0;
        var limit = new RateLimit(rate, () => (long)now);
        var taken = new List<double>();
        for (var number = 0; number < time.TotalSeconds * perSecond; number++)
        {
            now = number * 1000.0 / perSecond;
            if (limit.Takes())
            {
                taken.Add(now);
            }
        }
        return taken;
    }
}
