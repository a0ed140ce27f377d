namespace BpfPS.Module.Tests.Event;

/// <summary>Watch-BpfTraceLog. What was written is known from the calls; tracefs tells what is left.</summary>
public sealed class WatchBpfTraceLogTests : KernelTest
{
    private const string Instances = "/sys/kernel/tracing/instances";

    [Fact]
    public void What_a_program_writes_is_an_object_with_its_name()
    {
        Given($"$o = Start-BpfProgram '{Repository.TestProgram("printer")}' -Variable $producer");
        var before = DateTime.Now;
        using var watching = Session.Start("Watch-BpfTraceLog -First 3");
        CallUntil(() => !watching.IsRunning);

        var messages = watching.Finish().Succeeded().Output;

        Assert.Equal(3, messages.Count);
        Assert.All(messages, message =>
        {
            Assert.Equal("print_call", message.Get("Program"));
            // The kernel means the thread: one of this process, which made the calls.
            Assert.True(Directory.Exists($"/proc/self/task/{message.Get("Pid")}"));
            Assert.Matches(@"^call \d+: one\nline and \e\[31m another$", message.Get<string>("Message"));
            Assert.InRange(message.Get<DateTime>("Time"), before.AddSeconds(-1), DateTime.Now.AddSeconds(1));
        });
        Assert.Empty(Left());
    }

    [Fact]
    public void Lines_of_a_programs_streams_are_objects_with_its_name_and_the_stream()
    {
        Given($"$o = Start-BpfProgram '{Repository.TestProgram("streams")}' -Variable $producer", calls: 2);

        var messages = Run("Watch-BpfTraceLog stream_* -Duration 1s").Succeeded().Output;

        // The program says whether its kernel has streams, and memory for them: some virtual machines give none (ENOMEM).
        var isWritten = (int)Run("(Get-BpfVariable -InputObject $o result).Value").Only.BaseObject == 0;
        Assert.Equal(!isWritten ? [] :
            [
                "Stdout call 0", "Stdout call 1", "Stderr first of 0", "Stderr second, with no endfirst of 1", "Stderr second, with no end",
            ],
            messages.Select(message => $"{message.Get("Source")} {message.Get("Message")}"));
        Assert.All(messages, message => Assert.Equal("stream_call", message.Get("Program")));
        Assert.All(messages, message => Assert.Null(message.Get("Pid")));
        // What is read is gone; and the streams of programs that are not meant are left alone.
        const string All = "Watch-BpfTraceLog -Duration 300ms | Where-Object Program -eq stream_call";
        Producer.Call();
        Assert.Empty(Run("Watch-BpfTraceLog other_* -Duration 300ms").Succeeded().Output);
        Assert.Equal(isWritten ? 3 : 0, Run(All).Succeeded().Output.Count);
        Assert.Empty(Run(All).Succeeded().Output);
    }

    [Fact]
    public void Another_reader_of_the_trace_loses_nothing()
    {
        Given($"$o = Start-BpfProgram '{Repository.TestProgram("printer")}' -Variable $producer");
        using var watching = Session.Start("Watch-BpfTraceLog print_* -First 2");
        using var other = new System.Diagnostics.Process();
        other.StartInfo = new("timeout", ["10", "grep", "-m", "1", "call 0: one", "/sys/kernel/tracing/trace_pipe"])
        {
            RedirectStandardOutput = true,
        };
        other.Start();
        CallUntil(() => !watching.IsRunning);

        Assert.Equal(2, watching.Finish().Succeeded().Output.Count);
        Assert.Contains("call 0: one", other.StandardOutput.ReadToEnd());
    }

    [Fact]
    public void A_program_of_another_name_is_not_meant()
    {
        Given($"$o = Start-BpfProgram '{Repository.TestProgram("printer")}' -Variable $producer");
        using var watching = Session.Start("Watch-BpfTraceLog nothing_* -Duration 1s");
        CallUntil(() => !watching.IsRunning);

        Assert.Empty(watching.Finish().Succeeded().Output);
    }

    [Fact]
    public void Ctrl_C_ends_it_and_nothing_is_left()
    {
        using var watching = Session.Start("Watch-BpfTraceLog");
        Assert.True(SpinWait.SpinUntil(() => Left().Length == 1, TimeSpan.FromSeconds(20)));

        Assert.InRange(watching.Stop().TotalSeconds, 0, 5);
        Assert.Empty(Left());
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_by_the_next()
    {
        using (var killed = Shell.Start("Watch-BpfTraceLog"))
        {
            Assert.True(SpinWait.SpinUntil(() => Left().Length == 1, TimeSpan.FromSeconds(30)));
            killed.Kill(entireProcessTree: true);
            killed.WaitForExit();
        }
        Assert.Single(Left());

        Run("Watch-BpfTraceLog -Duration 100ms").Succeeded();

        Assert.Empty(Left());
    }

    [Fact]
    public void Without_root_it_is_one_clear_error()
    {
        var result = Shell.RunWithoutPrivilege(
            "try { Watch-BpfTraceLog -First 1 -ErrorAction Stop } catch { \"$($_.CategoryInfo.Category)\" }");

        Assert.Equal(["PermissionDenied"], result.Lines);
    }

    private static string[] Left() => Directory.Exists(Instances) ? Directory.GetDirectories(Instances, "bpfps-*") : [];

    private static void CallUntil(Func<bool> isOver) =>
        Assert.True(SpinWait.SpinUntil(() =>
        {
            Producer.Call(1);
            Thread.Sleep(10);
            return isOver();
        }, TimeSpan.FromSeconds(20)));
}
