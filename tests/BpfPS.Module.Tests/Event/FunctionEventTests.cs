using System.Globalization;

namespace BpfPS.Module.Tests.Event;

/// <summary>Functions, USDT probes, samples and intervals as sources of the cmdlets for events.</summary>
public sealed class FunctionEventTests : KernelTest
{
    private const string Calls = "-UserFunction libc:getppid -ProcessId $PID";

    // Behind the name, which can have blanks: the state, and the parent.
    private static int Parent => int.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[1], CultureInfo.InvariantCulture);

    [Fact]
    public void A_function_of_a_library_is_an_event_for_each_call()
    {
        using var calls = Producer.Steady();

        var events = Run($"Watch-BpfEvent {Calls} -First 5 -Property pid, ret, duration").Output;

        Assert.Equal(5, events.Count);
        Assert.All(events, one =>
        {
            Assert.Equal((uint)Environment.ProcessId, one.Get("pid"));
            Assert.Equal(Parent, (int)one.Get<long>("ret"));
            Assert.True(one.Get<TimeSpan>("duration") > TimeSpan.Zero);
        });
    }

    [Fact]
    public void What_functions_return_can_be_filtered_and_measured()
    {
        using var calls = Producer.Steady();

        Assert.Equal(3, Run($"Watch-BpfEvent {Calls} -First 3 -Filter {{ [int]$PID -gt 0 -and $_.ret -ne 0 }}").Output.Count);
        var measured = Run($"Measure-BpfEvent {Calls} -By ret -Duration 1s").Only;
        Assert.Equal(Parent, (int)measured.Get<long>("ret"));
        Assert.True(Convert.ToInt64(measured.Get("Count"), CultureInfo.InvariantCulture) > 0);
    }

    [Fact]
    public void Events_have_the_stacks_that_are_asked_for()
    {
        using var calls = Producer.Steady();

        var stacks = Run($"Watch-BpfEvent {Calls} -First 1 -Stack User -Property pid | Get-BpfStack").Output;

        Assert.NotEmpty(stacks);
        Assert.NotEmpty(Run("Watch-BpfEvent -Sample 99 -Stack Kernel, User -First 3 -Duration 10s | Get-BpfStack").Output);
    }

    [Fact]
    public void An_interval_gives_events_though_nothing_happens() =>
        Assert.Equal(4, Run("Watch-BpfEvent -Interval 20ms -First 4 -ProcessId $PID").Output.Count);

    [Theory]
    [InlineData("-UserFunction libc:getpppid", "no function 'getpppid'")]
    [InlineData("-UserFunction getppid", "No program or library is named that has 'getppid'")]
    [InlineData("-UserFunction /etc/passwd:getppid", "is not a program or library")]
    [InlineData("-Usdt libc:libc:memory_of_nobody", "no USDT probe 'libc:memory_of_nobody'")]
    [InlineData("-Function vfs_raed", "no function of the kernel 'vfs_raed'")]
    [InlineData("-Interval 0.0001", "too short")]
    public void What_is_not_there_is_an_error(string source, string message) =>
        Assert.Contains(message, Assert.Single(Run($"Watch-BpfEvent {source} -First 1 -Duration 1s").Errors).Exception.Message);

    [Theory]
    [InlineData("Watch-BpfEvent -UserFunction libc:getaddri", "libc:getaddrinfo")]
    [InlineData("Register-BpfEvent -Function vfs_rea", "vfs_read")]
    public void Names_are_completed(string line, string expected) =>
        Assert.Contains(expected, Session.Complete(line).Select(result => result.CompletionText));
}
