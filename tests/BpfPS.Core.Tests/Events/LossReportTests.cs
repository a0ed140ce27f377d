using BpfPS.Events;

namespace BpfPS.Core.Tests.Events;

/// <summary>When losses are told: as they begin, and when they are over.</summary>
public class LossReportTests
{
    [Fact]
    public void A_stream_that_loses_nothing_says_nothing()
    {
        var report = new LossReport();

        Assert.All(Enumerable.Range(0, 100), second => Assert.Null(report.Look(0, 1000 * second, isEnd: false)));
        Assert.Null(report.Look(0, 100_000, isEnd: true));
    }

    [Fact]
    public void Losing_is_told_once_when_it_begins_and_once_when_it_is_over_each_time()
    {
        var report = new LossReport();
        ulong[] lost = [0, 5, 7, 7, 9, 9, 9, 9, 9, 9, 9, 12, 12, 12, 12, 12, 12, 12];
        var told = lost.Select((count, second) => (second, report.Look(count, 1000 * second, isEnd: false)))
            .Where(look => look.Item2 is not null).Select(look => (look.second, look.Item2!.Value)).ToArray();

        Assert.Equal([
            (1, new LossChange(true, false, 5, TimeSpan.Zero)), (9, new LossChange(false, true, 9, TimeSpan.FromSeconds(3))),
            (11, new LossChange(true, false, 3, TimeSpan.Zero)), (16, new LossChange(false, true, 3, TimeSpan.Zero))], told);
    }

    [Fact]
    public void The_end_of_a_stream_tells_the_total_in_one_piece_with_the_beginning_if_that_was_not_told()
    {
        var report = new LossReport();
        Assert.Null(report.Look(0, 0, isEnd: false));

        Assert.Equal(new LossChange(true, true, 4, TimeSpan.Zero), report.Look(4, 500, isEnd: true));
    }

    [Fact]
    public void The_end_of_a_stream_that_is_losing_tells_the_total()
    {
        var report = new LossReport();
        report.Look(4, 1000, isEnd: false);

        Assert.Equal(new LossChange(false, true, 10, TimeSpan.FromSeconds(1)), report.Look(10, 2000, isEnd: true));
    }
}
