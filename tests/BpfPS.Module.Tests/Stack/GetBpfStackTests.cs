namespace BpfPS.Module.Tests.Stack;

public sealed class GetBpfStackTests : KernelTest
{
    [Fact]
    public void An_event_gives_each_stack_that_it_carries()
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer", calls: 1);

        var stacks = Run("Watch-BpfEvent stacks -First 1 | Get-BpfStack").Succeeded().Output;

        Assert.Equal(["Kernel", "User", "Kernel"], stacks.Select(stack => stack.Get("Kind")!.ToString()));
        Assert.Equal(["Walked", "Walked", "NotWalked"], stacks.Select(stack => stack.Get("Status")!.ToString()));
        Assert.Equal(3, stacks.Count);
        var kernel = Frames(stacks[0]);
        Assert.Contains(kernel, frame =>
            frame.Property("Function") is string function && function.Contains("syscall", StringComparison.Ordinal));
        Assert.All(kernel, frame => Assert.Contains(frame.Property("Kind")!.ToString(), (string[])["Kernel", "Bpf"]));
    }

    [Fact]
    public void A_users_stack_names_the_process_and_the_library_of_the_call()
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer", calls: 1);

        var user = Run("Watch-BpfEvent stacks -First 1 | Get-BpfStack | Where-Object Kind -eq User").Only;

        Assert.Equal((uint)Environment.ProcessId, user.Get("ProcessId"));
        var call = Frames(user)[0];
        Assert.Contains("libc", Assert.IsType<string>(call.Property("Module")));
        Assert.Matches("getppid", Assert.IsType<string>(call.Property("Function")));
    }

    [Fact]
    public void A_stack_that_was_not_taken_is_told_as_such_and_is_no_error()
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer", calls: 1);

        var none = Run("Watch-BpfEvent stacks -First 1 | Get-BpfStack").Succeeded().Output[2];

        Assert.Empty(Frames(none));
        Assert.Contains("EFAULT", none.Get<string>("Reason"));
    }

    [Fact]
    public void Entries_that_carry_stacks_give_them()
    {
        Given("$o = Start-BpfProgram profile -Variable @{ pid = $PID; frequency = 999 }");
        var until = DateTime.Now.AddMilliseconds(300);
        while (DateTime.Now < until)
        {
            Producer.Call(1000);
        }

        var outcome = Run("$entries = @(Get-BpfMapEntry -InputObject ($o.Maps | Where-Object Name -eq counts)); $entries.Count; "
            + "$entries | Get-BpfStack").Succeeded();

        var entries = (int)outcome.Output[0].BaseObject;
        Assert.True(entries > 0);
        Assert.Equal(2 * entries, outcome.Output.Count - 1);
        Assert.Contains(outcome.Output.Skip(1), stack => Frames(stack).Length > 1);
    }

    [Theory]
    [InlineData("Get-BpfStack -Map $map")]
    [InlineData("Get-BpfStack -Map $map.Id")]
    [InlineData("Get-BpfStack -Map stacks")]
    [InlineData("Get-BpfStack $map")]
    [InlineData("$map | Get-BpfStack")]
    [InlineData("$o | Get-BpfStack")]
    public void A_whole_map_of_stacks_is_read(string get)
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer; $map = $o.Maps | Where-Object Type -eq stack_trace", calls: 1);
        // The map of the test before goes a moment after its program.
        var alone = SpinWait.SpinUntil(() => KernelWitness.Maps("stacks").Count == 1, TimeSpan.FromSeconds(5));
        Machine.Require(alone || !get.EndsWith("-Map stacks", StringComparison.Ordinal), "another map of stacks is in the kernel just now");

        var stacks = Run(get).Succeeded().Output;

        Assert.Equal(["Kernel", "User"], stacks.Select(stack => stack.Get("Kind")!.ToString()).Order());
    }

    [Fact]
    public void A_pinned_map_of_stacks_is_read()
    {
        using var pins = new PinFolder();
        Given($"$o = Start-BpfProgram $stacks -Variable $producer -PinPath {pins.Name}", calls: 1);

        Assert.Equal(2, Run($"Get-BpfStack -Map {pins.Path}/stacks").Succeeded().Output.Count);
        Assert.Equal(2, Run($"Get-BpfPin {pins.Path}/stacks | Get-BpfStack").Succeeded().Output.Count);
        Given($"Stop-BpfProgram -Path {pins.Name}");
    }

    [Fact]
    public void A_stack_is_read_by_its_id_and_a_process_named_for_it()
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer; $map = $o.Maps | Where-Object Type -eq stack_trace", calls: 1);

        var stack = Run("$e = Watch-BpfEvent stacks -First 1; Get-BpfStack $map -StackId $e.user_stack -ProcessId $PID").Only;

        Assert.Equal("User", stack.Get("Kind")!.ToString());
        Assert.Contains("libc", Assert.IsType<string>(Frames(stack)[0].Property("Module")));
    }

    [Theory]
    [InlineData(-14, "NotWalked", "EFAULT")]
    [InlineData(-17, "LostToCollision", "EEXIST")]
    [InlineData(-2, "NotTaken", "did not record")]
    [InlineData(-12, "Failed", "12")]
    [InlineData(1023, "NotFound", "1023")]
    public void An_id_that_is_no_stack_gives_the_reason(int id, string status, string reason)
    {
        Given("$o = Start-BpfProgram $stacks; $map = $o.Maps | Where-Object Type -eq stack_trace");

        var stack = Run($"Get-BpfStack -Map $map -StackId {id}").Only;

        Assert.Equal(status, stack.Get("Status")!.ToString());
        Assert.Contains(reason, stack.Get<string>("Reason"));
        Assert.Empty(Frames(stack));
    }

    [Theory]
    [InlineData("Get-BpfStack -Map ($o.Maps | Where-Object Name -eq events)", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData("Get-BpfStack burst.rodata", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData("Get-BpfStack -Id 4000000000", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Get-BpfStack nosuch", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Get-BpfStack -Map nosuch", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Get-BpfStack -Map 4000000", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Get-BpfStack -Map /sys/fs/bpf/nosuch", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Get-BpfStack -Map ([guid]::Empty)", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData("4000000 | Get-BpfStack", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("$burstEvent | Get-BpfStack", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    public void What_has_no_stacks_is_one_error(string get, string id, ErrorCategory category)
    {
        using var pins = new PinFolder();
        Given("$o = Start-BpfProgram $stacks; $b = Start-BpfProgram $burst -Variable $producer", calls: 1);
        Given("$burstEvent = Watch-BpfEvent burst -First 1");

        Run(get).FailedWith(id, category);
    }

    [Fact]
    public void Events_and_maps_can_come_together_and_in_lists()
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer; $map = $o.Maps | Where-Object Type -eq stack_trace", calls: 1);
        Given("$e = Watch-BpfEvent stacks -First 1");

        Assert.Equal(3 + 2, Run("Get-BpfStack -InputObject $e, $map").Succeeded().Output.Count);
        Assert.Equal(3 + 2, Run("Get-BpfStack (,@($e, $map))").Succeeded().Output.Count);
        Assert.Empty(Run("Get-BpfStack event*").Succeeded().Output); // ring buffers have no stacks
    }

    [Fact]
    public void An_event_whose_program_was_stopped_is_one_error_because_its_stacks_are_gone()
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer", calls: 1);
        Given("$e = Watch-BpfEvent stacks -First 1; $o | Stop-BpfProgram");
        NothingIsLeft();

        Run("$e | Get-BpfStack").FailedWith("BpfVanished", ErrorCategory.ObjectNotFound);
    }

    private static object[] Frames(PSObject stack) => stack.Get<object[]>("Frames");
}
