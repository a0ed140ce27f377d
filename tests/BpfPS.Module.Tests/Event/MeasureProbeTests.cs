using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfPS.Module.Tests.Event;

/// <summary>Measure-BpfEvent of system calls, which adds up in the kernel, beside the calls, strace, bpftrace and events.</summary>
public sealed partial class MeasureProbeTests : KernelTest
{
    private const string Seeks = "Measure-BpfEvent -Syscall lseek -Filter { $_.fd -eq 5000002 } ";

    private static readonly long[] s_numbers =
        [.. Enumerable.Range(-40, 200).Select(number => number * 37L), 0, 0, 1, -1, 255, 256, 257, 1L << 40, -(1L << 40)];

    [Fact]
    public void Figures_are_those_of_the_calls()
    {
        var results = Measured($"{Seeks} -By whence -Sum offset -Average offset -Minimum offset -Maximum offset -Histogram offset",
            () => Seek.Call(s_numbers), s_numbers.Length);

        Assert.Equal(3, results.Select(Whence).Distinct().Count());
        foreach (var group in results.GroupBy(Whence))
        {
            var own = s_numbers.Where((_, i) => i % 3 == group.Key).ToArray();
            var result = Assert.Single(group); // the calls take less than an interval, or the test has been held up
            Assert.Equal((long)own.Length, result.Get("Count"));
            Assert.Equal(own.Sum(), result.Get("offset_sum"));
            Assert.Equal(own.Average(), result.Get<double>("offset_average"), 1e-3);
            Assert.Equal(own.Min(), result.Get("offset_minimum"));
            Assert.Equal(own.Max(), result.Get("offset_maximum"));
        }
    }

    private static uint Whence(PSObject result) => Convert.ToUInt32(result.Get("whence"), CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("-By whence -Sum offset, fd -Histogram offset")]
    [InlineData("-Minimum offset -Maximum offset -Percentile 1, 50, 99 -Of offset")]
    [InlineData("-By { $_.offset % 5 } -Sum offset")]
    [InlineData("-By error, probe -Average ret")]
    [InlineData("-Histogram offset -BucketWidth 100")]
    [InlineData("-By comm, pid")]
    public void What_the_kernel_adds_up_is_what_its_events_add_up_to(string figures)
    {
        // The kernel does not know which event is the last one that is wanted.
        var fromEvents = Started($"{Seeks} {figures} -First {s_numbers.Length}", measuring =>
        {
            Seek.Call(s_numbers);
            return measuring.Finish().Succeeded().Output;
        });
        var inKernel = Measured($"{Seeks} {figures}", () => Seek.Call(s_numbers), s_numbers.Length);

        Assert.Equal(Text(fromEvents), Text(inKernel));
        Assert.Contains("Added up in the kernel", What($"{Seeks} {figures}"), StringComparison.Ordinal);

        static IEnumerable<string> Text(IReadOnlyList<PSObject> results) => results.Select(result => string.Join(' ',
            result.Properties.Skip(2).Select(property => property.Name.EndsWith("_histogram", StringComparison.Ordinal)
                ? Histogram(result, property.Name).Get<string>("Data") : LanguagePrimitives.ConvertTo<string>(property.Value))))
            .Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Strace_counts_the_same_reads_and_bytes()
    {
        Machine.RequireProgram("strace");
        using var folder = new TemporaryFolder();
        var log = $"{folder.Path}/strace";

        // dd reads its libraries too, and strace tells how much of each.
        var results = Measured("Measure-BpfEvent -Syscall read -Command dd -By fd -Sum ret", () => Command.Output("strace", "-f", "-o", log,
            "-e", "trace=read", "dd", "if=/dev/zero", "of=/dev/null", "bs=777", "count=100"), 100);

        var told = File.ReadLines(log).Select(line => Read().Match(line)).Where(match => match.Success)
            .Select(match => (Descriptor: uint.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
                Bytes: long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))).ToArray();
        Assert.True(told.Sum(one => one.Bytes) > 77_700);
        Assert.Equal(told.GroupBy(one => one.Descriptor)
            .Select(group => (group.Key, group.LongCount(), group.Sum(one => one.Bytes))).Order(),
            results.GroupBy(result => result.Get<uint>("fd")).Select(group => (group.Key, group.Sum(one => one.Get<long>("Count")),
                group.Sum(one => one.Get<long>("ret_sum")))).Order());
    }

    [Fact]
    public void Bpftrace_counts_the_same()
    {
        Machine.RequireProgram("bpftrace");
        using var bpftrace = new Process
        {
            StartInfo = new("bpftrace", ["-e", "tracepoint:syscalls:sys_enter_lseek /args->fd == 5000002/ "
                + "{ @calls[args->whence] = count(); @sum = sum(args->offset); @slots = lhist(args->offset, 0, 8000, 1000); }"])
            {
                RedirectStandardOutput = true,
            },
        };
        bpftrace.Start();
        Assert.StartsWith("Attaching", bpftrace.StandardOutput.ReadLine(), StringComparison.Ordinal);
        long[] numbers = [.. s_numbers.Where(number => number is >= 0 and < 8000)];

        var results = Measured($"{Seeks} -By whence -Sum offset -Histogram offset -BucketWidth 1000", () =>
        {
            Thread.Sleep(500); // bpftrace says that it attaches, not that it has
            Seek.Call(numbers);
        }, numbers.Length);
        Command.Output("kill", "-INT", $"{bpftrace.Id}");
        var told = bpftrace.StandardOutput.ReadToEnd();

        Assert.Equal(Counts(CallsLine(), told), results.Select(one => (Whence(one).ToString(CultureInfo.InvariantCulture),
            one.Get<long>("Count"))).Order());
        Assert.Contains($"@sum: {results.Sum(one => one.Get<long>("offset_sum"))}", told, StringComparison.Ordinal);
        var slots = results.SelectMany(one => ((System.Collections.IEnumerable)Histogram(one, "offset_histogram").Get("Slots")!)
            .Cast<object>().Select(PSObject.AsPSObject)).GroupBy(slot => Convert.ToDouble(slot.Get("from"), null))
            .OrderBy(group => group.Key).Select(group => group.Sum(slot => slot.Get<long>("count")));
        Assert.Equal(Slots().Matches(told).Select(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
            .Where(count => count > 0), slots.Where(count => count > 0));

        static IEnumerable<(string, long)> Counts(Regex line, string text) => line.Matches(text)
            .Select(match => (match.Groups[1].Value, long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))).Order();
    }

    [Fact]
    public void Several_probes_are_measured_together_and_told_apart()
    {
        var results = Measured("Measure-BpfEvent -Syscall lseek, getppid -ProcessId $PID -By probe", () =>
        {
            Producer.Call(70);
            Seek.Call(s_numbers);
        }, 70 + s_numbers.Length);

        Assert.Equal(70, results.Where(one => one.Get("probe")!.ToString() == "getppid").Sum(one => one.Get<long>("Count")));
        Assert.InRange(results.Where(one => one.Get("probe")!.ToString() == "lseek").Sum(one => one.Get<long>("Count")),
            s_numbers.Length, long.MaxValue); // this process seeks in files too
    }

    [Fact]
    public void At_full_rate_the_intervals_together_have_all_calls()
    {
        var calls = 0;
        var results = Measured($"{Seeks} -By whence -Sum offset -Histogram duration", () =>
        {
            var clock = Stopwatch.StartNew();
            while (clock.ElapsedMilliseconds < 1500)
            {
                Seek.Call(s_numbers);
                calls += s_numbers.Length;
            }
        }, () => calls);

        Assert.True(calls > 20_000, $"only {calls} calls");
        Assert.True(results.Select(one => one.Get<DateTime>("Time")).Distinct().Count() > 2);
        Assert.Equal(calls, results.Sum(one => one.Get<long>("Count")));
        Assert.Equal(s_numbers.Sum() * (calls / s_numbers.Length), results.Sum(one => one.Get<long>("offset_sum")));
        Assert.Equal(calls, results.Sum(one => Histogram(one, "duration_histogram").Get<long>("Count")));
    }

    [Fact]
    public void Groups_beyond_the_limit_are_counted_together_and_said()
    {
        var outcome = Started($"{Seeks} -By offset -GroupLimit 10 -Duration 2s", measuring =>
        {
            Seek.Call([.. Enumerable.Range(0, 1000).Select(number => (long)number)]);
            return measuring.Finish().Succeeded();
        });

        Assert.Equal(11, outcome.Output.Count);
        Assert.Equal(990L, outcome.Output[^1].Get("Count"));
        Assert.Null(outcome.Output[^1].Get("offset"));
        Assert.Contains("more than 10 groups", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_C_shows_what_was_added_up_so_far()
    {
        Session.Host.Clear();
        Started($"{Seeks} -By whence -Sum offset", measuring =>
        {
            Seek.Call(5, 6, 7, 8);
            Assert.InRange(measuring.Stop(), TimeSpan.Zero, TimeSpan.FromSeconds(3));
            return true;
        });

        Assert.Contains(Session.Host.Lines, line => line.EndsWith("whence=SEEK_SET  Count=2  offset_sum=13", StringComparison.Ordinal));
        Assert.Contains(Session.Host.Lines, line => line.EndsWith("whence=SEEK_CUR  Count=1  offset_sum=6", StringComparison.Ordinal));
        NothingIsLeft();
    }

    [Theory]
    [InlineData("-By time", "'time' has too many values")]
    [InlineData("-By comm -Sum { $_.offset / 3 }", "not a whole number that the kernel adds up")]
    [InlineData("-By whence -First 5", "")]
    public void What_the_kernel_cannot_add_up_is_added_up_from_the_events(string figures, string reason)
    {
        var what = What($"{Seeks} {figures}");

        Assert.DoesNotContain("Added up in the kernel", what, StringComparison.Ordinal);
        Assert.Contains(reason, what, StringComparison.Ordinal);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("-By offst", "there is no member 'offst'", "offset")]
    [InlineData("-Sum comm", "'comm' (String) cannot be measured", "")]
    [InlineData("-Histogram duration -BucketWidth 5", "'duration' is a duration", "10ms")]
    [InlineData("-Percentile 50", "-Percentile needs", "-Of")]
    public void What_cannot_be_measured_is_one_error_that_says_what_to_do(string figures, string message, string remedy)
    {
        var error = Run($"{Seeks} -Duration 1ms {figures}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains(message, error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        NothingIsLeft();
    }

    [Fact]
    public void Without_calls_the_total_is_zero_and_there_are_no_groups()
    {
        var total = Run($"{Seeks} -Sum offset -Average offset -Minimum offset -Duration 50ms").Only;

        Assert.Equal(0L, total.Get("Count"));
        Assert.Equal(0L, total.Get("offset_sum"));
        Assert.Null(total.Get("offset_average"));
        Assert.Null(total.Get("offset_minimum"));
        Assert.Empty(Run($"{Seeks} -By whence -Duration 50ms").Succeeded().Output);
    }

    private static PSObject Histogram(PSObject result, string name) => PSObject.AsPSObject(result.Get(name)!);

    /// <summary>What -WhatIf says, as -Verbose does.</summary>
    private string What(string script) =>
        string.Join(' ', Run($"{script} -Duration 1ms -Verbose").Succeeded().Verbose
            .Where(line => line.Contains("Tracing", StringComparison.Ordinal)));

    private IReadOnlyList<PSObject> Measured(string script, Action work, int calls) => Measured(script, work, () => calls);

    /// <summary>Measures in intervals while something happens, until at least so many events have come and no more do.</summary>
    private IReadOnlyList<PSObject> Measured(string script, Action work, Func<long> calls) =>
        Started<IReadOnlyList<PSObject>>($"{script} -Every 700ms", measuring =>
    {
        work();
        measuring.Await(() => Sum(measuring.Output) >= calls(), "all events had come");
        var seen = measuring.Output.Count;
        Thread.Sleep(800); // what comes too much comes now
        var results = measuring.Output;
        Assert.True(results.Count >= seen);
        measuring.Stop();
        return [.. results.Where(result => result.Get<long>("Count") > 0)]; // a total is zero in an interval without events

        static long Sum(IReadOnlyList<PSObject> results) => results.Sum(result => result.Get<long>("Count"));
    });

    /// <summary>Starts a script, and goes on when it is attached.</summary>
    private T Started<T>(string script, Func<RunningScript, T> go)
    {
        using var running = Session.Start(script);
        var links = 0;
        running.Await(() =>
        {
            var before = links;
            links = NewInTheKernel.Count(one => one.StartsWith("link ", StringComparison.Ordinal));
            Thread.Sleep(200); // its other programs follow
            return links > 0 && links == before;
        }, "it was attached");
        return go(running);
    }

    [GeneratedRegex(@"read\((\d+),.*= (\d+)$")]
    private static partial Regex Read();

    [GeneratedRegex(@"^@calls\[(\d+)\]: (\d+)", RegexOptions.Multiline)]
    private static partial Regex CallsLine();

    [GeneratedRegex(@"^\[.*\) +(\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Slots();
}
