using BpfPS.Events;

namespace BpfPS.Core.Tests.Events;

/// <summary>Records in the order of their times, with a clock that the test turns.</summary>
public class TimeOrderTests
{
    private readonly TimeOrder _order = new(window: 100);
    private readonly Dictionary<BpfRecord, int> _numbers = new(ReferenceEqualityComparer.Instance);

    [Fact]
    public void Records_of_several_buffers_come_in_the_order_of_their_times()
    {
        Add(now: 50, (0, 10), (0, 30), (0, 40), (1, 20), (1, 35));

        Assert.Empty(Take(109));
        Assert.Equal([10], Take(110));
        Assert.Equal([20, 30], Take(134));
        Assert.Equal([35, 40], Take(1000));
        Assert.Equal((0UL, 0), (_order.Late, _order.Count));
    }

    [Fact]
    public void Records_of_one_time_come_in_the_order_in_which_they_were_read()
    {
        var records = Add(now: 50, (0, 10), (1, 10), (0, 10), (1, 10));

        Assert.Equal(records, Records(200));
    }

    [Fact]
    public void A_record_without_a_time_keeps_its_place()
    {
        var records = Add(now: 50, (0, 10), (0, 0), (1, 5), (0, 20));

        Assert.Equal([records[2], records[0], records[1], records[3]], Records(1000));
        Assert.Equal(0UL, _order.Late);
    }

    [Fact]
    public void A_record_that_comes_after_a_later_one_was_given_is_given_at_once_and_counted()
    {
        Add(now: 50, (0, 10), (0, 40));
        Assert.Equal([10, 40], Take(150));

        Add(now: 160, (1, 20), (1, 45));

        Assert.Equal([20, 45], Take(160));
        Assert.Equal(1UL, _order.Late);
    }

    [Fact]
    public void A_time_that_is_still_to_come_is_waited_for_no_longer_than_the_window()
    {
        Add(now: 50, (0, 1_000_000), (1, 20));

        Assert.Equal([20], Take(149));
        Assert.Equal([1_000_000], Take(150));
    }

    [Fact]
    public void The_last_time_of_all_gives_whatever_waits()
    {
        Add(now: 50, (0, 40), (1, 30));

        Assert.Equal([30, 40], Take(ulong.MaxValue));
    }

    private BpfRecord[] Add(ulong now, params (int Source, int Time)[] records) => [.. records.Select(one =>
    {
        var record = new BpfRawEvent([]);
        _numbers.Add(record, one.Time);
        _order.Add(record, one.Source, (ulong)one.Time, now);
        return record;
    })];

    private int[] Take(ulong now) => [.. Records(now).Select(record => _numbers[record])];

    private List<BpfRecord> Records(ulong now)
    {
        var taken = new List<BpfRecord>();
        while (_order.TryTake(now, out var record, out _))
        {
            taken.Add(record);
        }
        return taken;
    }
}
