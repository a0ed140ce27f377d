using System.Diagnostics;
using System.Globalization;

namespace BpfPS.Module.Tests.Map;

/// <summary>Watch-BpfMap. bpftool makes the changes, as another program does.</summary>
public sealed class WatchBpfMapTests : KernelTest
{
    private const string Heartbeat = "ffffffff";

    [Fact]
    public void A_change_has_the_value_before_and_now_and_how_much_that_is_in_a_second()
    {
        var id = Make("wch_number -KeyType u32 -ValueType u64");
        KernelWitness.Set(id, "01000000", "0100000000000000");

        var change = Changes(id, () => KernelWitness.Set(id, "01000000", "0900000000000000")).Single();

        Assert.Equal("Changed", $"{change.Get("Kind")}");
        Assert.Equal("wch_number", change.Get("Map"));
        Assert.Equal((1u, 1UL, 9UL), (change.Get("Key"), change.Get("Old"), change.Get("New")));
        Assert.Equal(8 / change.Get<TimeSpan>("Interval").TotalSeconds, Convert.ToDouble(change.Get("Rate")), 0.01);
        Assert.InRange(change.Get<TimeSpan>("Interval"), TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(5));
        Assert.InRange(DateTime.Now - change.Get<DateTime>("Time"), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void The_time_of_a_change_and_its_interval_are_those_of_the_looks_that_were_taken()
    {
        // The kernel writes its time into the map all the while: what was seen is when it was looked at. A pipeline that is slow
        // now and then makes the looks come irregularly.
        var interval = TimeSpan.FromMilliseconds(100);
        Given($"$o = Start-BpfProgram '{Repository.TestProgram("clock")}' -Variable $producer; $map = $o.Maps | Where-Object Name -eq now");
        using var producer = Producer.Steady(callsAtOnce: 10, pauseInMilliseconds: 0);
        using var running = Session.Start("$i = 0; "
            + "$map | Watch-BpfMap -Interval 100ms | ForEach-Object { $_; [Threading.Thread]::Sleep(90 * ($i++ % 4)) }");
        running.AwaitOutput(21);
        running.Stop();
        var started = DateTime.Now - TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0],
            CultureInfo.InvariantCulture));
        var changes = running.Output.Take(21)
            .Select(change => (Time: change.Get<DateTime>("Time"), Interval: change.Get<TimeSpan>("Interval"),
            Old: Ticks(change.Get<ulong>("Old")), New: Ticks(change.Get<ulong>("New")))).Skip(1)
                .ToArray(); // the first look may have come before the first call

        // The value is older than the look by what the threads were kept waiting for a CPU, a moment for most.
        Assert.InRange(Median(changes.Select(change => change.Interval - (change.New - change.Old))), TimeSpan.Zero,
            TimeSpan.FromMilliseconds(20));
        // /proc/uptime has hundredths of a second
        Assert.InRange(Median(changes.Select(change => change.Time - (started + change.New))), TimeSpan.Zero,
            TimeSpan.FromMilliseconds(40));
        Assert.True(changes.Max(change => change.New - change.Old) > changes.Min(change => change.New - change.Old) + interval,
            "the looks came regularly: this test tests nothing");
        // Between two looks there is no third, and all in all they are no more frequent than was asked for: a late one makes the
        // next wait shorter, no more.
        Assert.All(changes.Zip(changes.Skip(1)), pair => Assert.Equal(pair.First.New, pair.Second.Old));
        Assert.True(changes[^1].New - changes[0].New > (changes.Length - 2) * interval,
            $"{changes.Length} looks in {changes[^1].New - changes[0].New}");

        static TimeSpan Median(IEnumerable<TimeSpan> errors) => errors.Select(error => error.Duration()).Order().ElementAt(10);

        static TimeSpan Ticks(ulong nanoseconds) => TimeSpan.FromTicks((long)nanoseconds / 100);
    }

    [Fact]
    public void A_number_that_falls_has_a_negative_rate()
    {
        var id = Make("wch_falling -KeyType u32 -ValueType u64");
        KernelWitness.Set(id, "01000000", "0900000000000000");

        var change = Changes(id, () => KernelWitness.Set(id, "01000000", "0400000000000000")).Single();

        Assert.Equal(-5 / change.Get<TimeSpan>("Interval").TotalSeconds, Convert.ToDouble(change.Get("Rate")), 0.01);
    }

    [Fact]
    public void What_comes_has_no_value_before_and_what_goes_none_now()
    {
        var id = Make("wch_coming -KeyType u32 -ValueType u64");
        KernelWitness.Set(id, "02000000", "0500000000000000");

        var changes = Changes(id, () =>
        {
            KernelWitness.Set(id, "01000000", "0300000000000000");
            Command.Output("bpftool", "map", "delete", "id", $"{id}", "key", "2", "0", "0", "0");
        }, 2);

        var added = changes.Single(change => $"{change.Get("Kind")}" == "Added");
        Assert.Equal((1u, null, 3UL), (added.Get("Key"), added.Get("Old"), added.Get("New")));
        Assert.Equal(3 / added.Get<TimeSpan>("Interval").TotalSeconds, Convert.ToDouble(added.Get("Rate")), 0.01);
        var removed = changes.Single(change => $"{change.Get("Kind")}" == "Removed");
        Assert.Equal((2u, 5UL, null, null), (removed.Get("Key"), removed.Get("Old"), removed.Get("New"), removed.Get("Rate")));
    }

    [Fact]
    public void Of_a_struct_old_new_and_rate_are_structs()
    {
        var id = Make("wch_struct -KeyType u32 -ValueType 'struct { u64 packets; u32 bytes; char label[4]; }'");
        KernelWitness.Set(id, "01000000", "01000000000000000a00000077656200");

        var change = Changes(id, () =>
            KernelWitness.Set(id, "01000000", "03000000000000001e00000077656200"), value: "000000000000000000000000").Single();

        var seconds = change.Get<TimeSpan>("Interval").TotalSeconds;
        Assert.Equal((1UL, 10u, "web"),
            (change.Get("Old")!.Property("packets"), change.Get("Old")!.Property("bytes"), change.Get("Old")!.Property("label")));
        Assert.Equal((3UL, 30u), (change.Get("New")!.Property("packets"), change.Get("New")!.Property("bytes")));
        Assert.Equal(2 / seconds, Convert.ToDouble(change.Get("Rate")!.Property("packets")), 0.01);
        Assert.Equal(20 / seconds, Convert.ToDouble(change.Get("Rate")!.Property("bytes")), 0.01);
        Assert.Equal(3UL, change.Get("Entry")!.Property("packets"));
    }

    [Theory]
    [InlineData("struct { u64 packets; char label[8]; }", "7765620000000000", true)] // the label is no number, and in no sum
    [InlineData("struct { u64 packets; u32 more[2]; }", "0700000008000000", true)]
    [InlineData("struct { u64 packets; }", "", false)]
    [InlineData("u64", "", false)]
    public void Of_values_for_each_CPU_the_sums_are_compared(string type, string more, bool isStruct)
    {
        var id = Make($"wch_cpus -Type percpu_hash -KeyType u32 -ValueType '{type}'");
        KernelWitness.Set(id, "01000000", $"0100000000000000{more}"); // bpftool gives every CPU the same value
        var cpus = (ulong)KernelWitness.Entries(id).Single().Count(c => c == ',') + 1;

        var change = Changes(id, () => KernelWitness.Set(id, "01000000", $"0400000000000000{more}"), value: $"00000000{more}").Single();

        object? Packets(string property) => isStruct ? change.Get(property)!.Property("packets") : change.Get(property);
        Assert.Equal((1u, cpus, 4 * cpus), (change.Get("Key"), Packets("Old"), Packets("New")));
        Assert.Equal(3 * cpus / change.Get<TimeSpan>("Interval").TotalSeconds, Convert.ToDouble(Packets("Rate")), 0.01);
    }

    [Fact]
    public void An_entry_of_a_change_is_removed_through_the_pipeline()
    {
        var id = Make("wch_removing -KeyType u32 -ValueType u32");
        using var running = Session.Start("$map | Watch-BpfMap -Interval 30ms -First 1 -Duration 15s "
            + "| ForEach-Object Entry | Remove-BpfMapEntry");
        var number = 0;
        running.Await(() =>
        {
            if (running.IsRunning)
            {
                KernelWitness.Set(id, Convert.ToHexStringLower(BitConverter.GetBytes(++number)), "01000000");
            }
            return !running.IsRunning;
        }, "the entry was removed");

        running.Finish().Succeeded();
        Assert.True(number > KernelWitness.Entries(id).Count, "Nothing was removed.");
    }

    [Fact]
    public void Several_maps_are_watched_at_once_and_each_change_says_whose_it_is()
    {
        var one = Make("wch_one -KeyType u32 -ValueType u64");
        var other = Make("wch_other -Type array -ValueType u64 -MaxEntries 1");
        using var running = Session.Start("Watch-BpfMap wch_o* -Interval 30ms -Duration 15s");
        var number = 0;
        running.Await(() =>
        {
            var value = Convert.ToHexStringLower(BitConverter.GetBytes((long)++number));
            KernelWitness.Set(one, "01000000", value);
            KernelWitness.Set(other, "00000000", value);
            return running.Output.Select(change => change.Get<string>("Map")).Distinct().Count() == 2;
        }, "both maps changed");

        running.Stop();
        Assert.All(running.Output, change => Assert.Equal(change.Get<string>("Map") == "wch_one" ? 1u : 0u, change.Get("Key")));
    }

    [Theory]
    [InlineData("-Duration 300ms")]
    [InlineData("-Duration 300ms -Interval 1h")]
    [InlineData("-Duration 0.3 -Interval 10ms")]
    [InlineData("-Duration ([TimeSpan]::FromMilliseconds(300)) -Interval 200ms")]
    public void A_map_that_does_not_change_gives_nothing_and_the_duration_ends_it(string times)
    {
        var id = Make("wch_still -KeyType u32 -ValueType u64");
        KernelWitness.Set(id, "01000000", "0100000000000000");
        var clock = Stopwatch.StartNew();

        Assert.Empty(Run($"Watch-BpfMap wch_still {times}").Succeeded().Output);

        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(290), TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData("-Interval 1h")]
    [InlineData("-Interval 1ms")]
    public void Ctrl_C_ends_it_within_200_ms_and_lets_go_of_the_map(string interval)
    {
        // On a machine with other things to do, the fastest of three tells what the cmdlet takes.
        var times = new List<TimeSpan>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Make("wch_stopped -Type array -ValueType u64 -MaxEntries 1000");
            using var running = Session.Start($"Watch-BpfMap wch_stopped {interval}");
            Thread.Sleep(100); // nothing tells from outside that the first look is over; what is asserted holds before it too
            Assert.True(running.IsRunning);
            times.Add(running.Stop());
            Run("Remove-BpfMap wch_stopped").Succeeded();
            NothingIsLeft();
        }
        Assert.True(times.Min() < TimeSpan.FromMilliseconds(200), string.Join(", ", times));
    }

    [Fact]
    public void A_map_that_goes_while_it_is_watched_is_one_error_and_ends_it()
    {
        using var pins = new PinFolder();
        var pin = pins.Map("wch_going", "hash");
        var id = KernelWitness.Maps("wch_going").Single();
        KernelWitness.Set(id, "01000000", "0100000000000000");
        using var running = Session.Start($"Watch-BpfMap -Path {pin} -Interval 30ms -Duration 10m");
        var number = 1L;
        running.Await(() => { KernelWitness.Set(id, "01000000",
            Convert.ToHexStringLower(BitConverter.GetBytes(++number))); return running.Output.Count > 0; }, "the map was watched");
        File.Delete(pin);

        // Long before its ten minutes are over: what ends it is that the map has gone.
        running.Finish().FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, pin);
    }

    [Theory]
    [InlineData("-Type queue -ValueType u32", "cannot list their entries")]
    [InlineData("-Type ringbuf", "Watch-BpfEvent")]
    public void A_map_whose_entries_cannot_be_listed_is_an_error(string type, string words)
    {
        Make($"wch_cannot {type}");

        var error = Run("Watch-BpfMap wch_cannot -Duration 10s").Error;

        Assert.StartsWith("BpfNotSupported,", error.FullyQualifiedErrorId);
        Assert.Contains(words, error.Exception.Message + error.ErrorDetails?.RecommendedAction);
    }

    [Theory]
    [InlineData("Watch-BpfMap nosuch -Duration 10m", "BpfNotFound", "nosuch")]
    [InlineData("Watch-BpfMap -Id 4000000000 -Duration 10m", "BpfNotFound", 4000000000u)]
    public void A_map_that_is_not_there_is_one_error_and_nothing_is_waited_for(string watch, string id, object target)
    {
        // A wait of ten minutes would be one too long for the script.
        Run(watch).FailedWith(id, ErrorCategory.ObjectNotFound, target);

        Assert.Empty(Run("Watch-BpfMap nosuch* -Duration 10m").Succeeded().Output);
        Run("Watch-BpfMap").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
    }

    /// <summary>Watches a map, makes a change when the first look has been taken, and gives what was told of it.</summary>
    /// <param name="map">The map, whose keys are of four bytes.</param>
    /// <param name="change">Makes the change.</param>
    /// <param name="count">How many changes are to be told.</param>
    /// <param name="value">What stands behind the first bytes of a value of another entry, which changes until that is seen.</param>
    private PSObject[] Changes(uint map, Action change, int count = 1, string value = "00000000")
    {
        var number = 0u;
        void Beat() => KernelWitness.Set(map, Heartbeat, Convert.ToHexStringLower(BitConverter.GetBytes(++number)) + value);
        Beat();
        using var running = Session.Start($"Watch-BpfMap -Id {map} -Interval 50ms -Duration 15s");
        running.Await(() => { Beat(); return running.Output.Count > 0; }, "the map was watched");
        change();
        PSObject[] Told() => running.Output.Where(told => told.Get<uint>("Key") != uint.MaxValue).ToArray();
        running.Await(() => Told().Length >= count, "the change was told");
        running.Stop();
        Assert.Equal(count, Told().Length);
        return Told();
    }
}
