using BpfPS.Stacks;

namespace BpfPS.Core.Tests.Stacks;

public class BpfStackTests
{
    [Theory]
    [InlineData(-14, BpfStackStatus.NotWalked, "EFAULT")]
    [InlineData(-17, BpfStackStatus.LostToCollision, "EEXIST")]
    [InlineData(-22, BpfStackStatus.Failed, "errno 22")]
    [InlineData(int.MinValue, BpfStackStatus.Failed, "errno 2147483648")]
    public void A_negative_id_is_a_stack_without_frames_and_a_reason(int id, BpfStackStatus status, string mentions)
    {
        var stack = BpfStack.FromError(BpfStackKind.User, id, 42);

        Assert.Equal(status, stack.Status);
        Assert.Equal(id, stack.Id);
        Assert.Equal(42u, stack.ProcessId);
        Assert.Empty(stack.Frames);
        Assert.Contains(mentions, stack.Reason, StringComparison.Ordinal);
        Assert.Contains(stack.Reason!, stack.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_is_no_error_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BpfStack.FromError(BpfStackKind.Kernel, 0));

    [Fact]
    public void An_id_that_the_map_does_not_have_is_named()
    {
        var stack = BpfStack.NotFound(BpfStackKind.Kernel, 77);

        Assert.Equal(BpfStackStatus.NotFound, stack.Status);
        Assert.Contains("77", stack.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stack_that_was_not_taken_has_no_id() => Assert.Null(BpfStack.NotTaken(BpfStackKind.User).Id);

    [Fact]
    public void Addresses_end_at_the_first_zero()
    {
        using var symbolizer = new StackSymbolizer();
        var stack = symbolizer.Symbolize([0x1000, 0x2000, 0, 0x3000], BpfStackKind.User, pid: null, id: 5);

        Assert.Equal([0x1000ul, 0x2000ul], stack.Frames.Select(frame => frame.Address));
        Assert.Equal(BpfStackStatus.Walked, stack.Status);
        Assert.Equal(5, stack.Id);
        Assert.Null(stack.Reason);
    }

    [Fact]
    public void A_user_stack_without_a_process_says_so_in_each_frame()
    {
        using var symbolizer = new StackSymbolizer();

        Assert.Contains("process is not known", symbolizer.Symbolize([0x1000], BpfStackKind.User).Frames[0].Reason,
            StringComparison.Ordinal);
    }
}
