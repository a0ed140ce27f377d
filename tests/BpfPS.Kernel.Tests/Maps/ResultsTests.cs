using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>What programs count in maps, read again and again; what is in the maps is written by bpftool.</summary>
public sealed class ResultsTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void Each_time_there_is_what_was_counted_since_the_last_time_and_what_is_the_longest_stays()
    {
        Live.Require();
        using var started = Live.Start(Repository.TestProgram("results"));
        var map = started.Map("counted");
        var results = new BpfMapResults(map, isNew: true);

        Set(map, 1, count: 5, bytes: 100, total: 1000, longest: 900);
        Assert.Equal(["1 5 100 1000 900"], Read(results));
        Assert.NotNull(results.Elapsed);

        Set(map, 1, count: 7, bytes: 130, total: 1600, longest: 900);
        Assert.Equal(["1 2 30 600 900"], Read(results));
        Assert.Empty(Read(results));
    }

    [Fact]
    public void An_entry_that_was_removed_counts_from_zero_again()
    {
        Live.Require();
        using var started = Live.Start(Repository.TestProgram("results"));
        var map = started.Map("counted");
        var results = new BpfMapResults(map);

        Set(map, 1, count: 5, bytes: 100, total: 1000, longest: 900);
        Read(results);
        Assert.Null(results.Elapsed); // the program could have counted for any time before
        Set(map, 1, count: 2, bytes: 40, total: 300, longest: 200);
        Assert.Equal(["1 2 40 300 200"], Read(results));
        Assert.NotNull(results.Elapsed);
    }

    [Fact]
    public void Those_that_took_the_most_time_in_all_come_first()
    {
        Live.Require();
        using var started = Live.Start(Repository.TestProgram("results"));
        var map = started.Map("counted");

        Set(map, 1, count: 900, bytes: 900, total: 10, longest: 10);
        Set(map, 2, count: 1, bytes: 1, total: 5000, longest: 5000);
        Set(map, 3, count: 5, bytes: 5, total: 600, longest: 300);

        Assert.Equal(["2", "3", "1"], Read(new BpfMapResults(map)).Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public void What_there_is_now_is_read_as_it_is_each_time()
    {
        Live.Require();
        using var started = Live.Start(Repository.TestProgram("results"));
        var map = started.Map("there");
        var results = new BpfMapResults(map, isNew: true);

        Set(map, 1, count: 5, bytes: 100, total: 1000, longest: 900);
        Assert.Equal(["1 5 100 1000 900"], Read(results));
        Set(map, 1, count: 3, bytes: 60, total: 1000, longest: 900);
        Assert.Equal(["1 3 60 1000 900"], Read(results));
        Assert.Equal(["1 3 60 1000 900"], Read(results));
        Assert.True(results.IsGauge);
        Assert.Null(results.Elapsed);
    }

    private static void Set(BpfMap map, uint number, ulong count, ulong bytes, ulong total, ulong longest) => Bpftool.Update(map.Id,
        BitConverter.GetBytes(number), [.. new[] { count, bytes, total, longest }.SelectMany(BitConverter.GetBytes)]);

    // Durations are in ticks of 100 ns, so the numbers above are multiples of that where they are compared.
    private static string[] Read(BpfMapResults results) => [.. results.Next().Select(entry =>
    {
        var type = entry.GetType();
        return string.Join(' ', new[] { "number", "count", "bytes", "total", "longest" }
            .Select(name => type.GetProperty(name)!.GetValue(entry))
            .Select(value => value is TimeSpan time ? Bpftool.Text((long)time.TotalNanoseconds) : $"{value}"));
    })];
}
