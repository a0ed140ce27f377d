using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Events;

/// <summary>The streams of programs (since Linux 6.17), with tests/bpf/streams.bpf.c: the program says how many calls it saw.</summary>
public sealed class ProgramStreamTests : IClassFixture<NothingLeft>
{
    private static readonly TimeSpan s_while = TimeSpan.FromSeconds(2);

    public ProgramStreamTests()
    {
        Live.Require();
        Live.RequireLinux("6.17");
    }

    [GuestFact]
    public void What_a_program_writes_comes_a_line_at_a_time_with_its_name_and_is_gone_then()
    {
        using var obj = Live.TestProgram("streams");
        Live.Getppid();
        Live.Getppid();

        Assert.Equal(0, Variable(obj, "result")); // the kernel took what was written
        Assert.Equal(2UL, Variable(obj, "calls"));
        Assert.Equal(["Stdout call 0", "Stdout call 1", "Stderr first of 0", "Stderr second, with no endfirst of 1",
            "Stderr second, with no end"], Read("stream_call"));
        Assert.Empty(Read("stream_call"));
    }

    [GuestFact]
    public void The_streams_of_programs_that_are_not_meant_are_left_alone()
    {
        using var obj = Live.TestProgram("streams");
        Live.Getppid();

        Assert.Empty(Read("other"));
        Assert.Equal(3, Read("stream_call").Count);
    }

    [GuestFact]
    public void More_than_one_read_takes_is_whole()
    {
        const int Calls = 4000; // some 90,000 bytes, of the 100,000 that a stream keeps
        using var obj = Live.TestProgram("streams");
        for (var i = 0; i < Calls; i++)
        {
            Live.Getppid();
        }

        var lines = Read("stream_call").Where(line => line.StartsWith("Stdout", StringComparison.Ordinal)).ToArray();
        Assert.Equal(Enumerable.Range(0, Calls).Select(i => $"Stdout call {i}"), lines);
    }

    private static List<string> Read(string program)
    {
        using var log = new BpfTraceLog(name => name == program);
        var messages = log.Read(message => message.Source != BpfTraceSource.Trace, duration: s_while).ToList();
        Assert.All(messages, message => Assert.Equal((program, (int?)null), (message.Program, message.Pid)));
        return [.. messages.Select(message => $"{message.Source} {message.Message}")];
    }

    private static object? Variable(BpfObject obj, string name) =>
        obj.Maps.Where(BpfGlobalVariable.IsSection).SelectMany(BpfGlobalVariable.Of).Single(variable => variable.Name == name).Value;
}
