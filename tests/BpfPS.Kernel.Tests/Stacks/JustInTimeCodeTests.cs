using System.Diagnostics;
using System.Globalization;
using BpfPS.Stacks;
using Xunit;

namespace BpfPS.Kernel.Tests.Stacks;

public sealed class JustInTimeCodeTests : IDisposable
{
    private readonly TargetFolder _folder = new();
    private readonly UserSymbols _symbols = new();
    private readonly TargetProcess _process;
    private readonly ulong _code;
    private readonly string _perfMap;

    public JustInTimeCodeTests()
    {
        _process = new TargetProcess(_folder.Compile("target"));
        _code = _process.MakeCode();
        _perfMap = $"/tmp/perf-{_process.Id}.map";
    }

    public void Dispose()
    {
        _process.Dispose();
        _symbols.Dispose();
        _folder.Dispose();
        File.Delete(_perfMap);
    }

    [Fact]
    public void Code_that_was_made_at_run_time_has_the_name_that_the_perf_map_gives_it()
    {
        WriteMap("made_at_run_time \x1b[31m(int)");
        var frame = _symbols.Resolve(_process.Id, _code + 0x14);

        Assert.Equal(BpfStackFrameKind.JustInTime, frame.Kind);
        Assert.Equal("made_at_run_time \x1b[31m(int)", frame.Function);
        Assert.Equal("made_at_run_time \\e[31m(int)+0x4", frame.ToString());
        Assert.Equal(4ul, frame.Offset);
        Assert.Null(frame.Reason);
    }

    [Fact]
    public void Names_that_are_added_later_are_noticed()
    {
        WriteMap("first");
        Assert.NotNull(_symbols.Resolve(_process.Id, _code + 0x104).Reason);
        File.AppendAllText(_perfMap, string.Create(CultureInfo.InvariantCulture, $"{_code + 0x100:x} 10 second\n"));
        Thread.Sleep(1100); // the map is looked at once a second

        Assert.Equal("second", _symbols.Resolve(_process.Id, _code + 0x104).Function);
    }

    [Fact]
    public void Without_a_perf_map_the_reason_names_the_file_that_is_missing()
    {
        var frame = _symbols.Resolve(_process.Id, _code);

        Assert.Null(frame.Function);
        Assert.Equal(BpfStackFrameKind.JustInTime, frame.Kind);
        Assert.Contains(_perfMap, frame.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_perf_map_of_somebody_else_is_not_believed()
    {
        WriteMap("planted");
        Commands.Run("chown", "12345", _perfMap);
        var frame = _symbols.Resolve(_process.Id, _code + 0x14);

        Assert.Null(frame.Function);
        Assert.Contains("is not trusted", frame.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_in_the_place_of_the_perf_map_does_not_hang_anything()
    {
        Commands.Run("mkfifo", _perfMap);
        var watch = Stopwatch.StartNew();

        Assert.NotNull(_symbols.Resolve(_process.Id, _code).Reason);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
    }

    private void WriteMap(string name) =>
        File.WriteAllText(_perfMap, string.Create(CultureInfo.InvariantCulture, $"{_code + 0x10:x} 20 {name}\n"));
}
