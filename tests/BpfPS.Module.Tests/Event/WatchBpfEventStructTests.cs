namespace BpfPS.Module.Tests.Event;

/// <summary>Several structs in one ring, and several rings of one object. A record's number says what it is (mixed.bpf.c).</summary>
public sealed class WatchBpfEventStructTests : KernelTest
{
    public WatchBpfEventStructTests() => Given($"$m = Start-BpfProgram {Repository.TestProgram("mixed")} -Variable $producer", calls: 6);

    [Theory]
    [InlineData("-Map tagged -EventType opened, closed", "opened", "closed")] // one size, told apart by the enum
    [InlineData("-Map tagged -EventType closed, opened", "opened", "closed")]
    [InlineData("-Map sized -EventType 'struct brief', wide", "brief", "wide")]
    public void Structs_in_one_ring_are_told_apart(string parameters, string even, string odd)
    {
        var events = Run($"$m | Watch-BpfEvent {parameters} -First 6").Succeeded().Output;

        Assert.Equal([0, 1, 2, 3, 4, 5], events.Select<ulong>("number"));
        Assert.Equal([even, odd, even, odd, even, odd], events.Select(one => one.BaseObject.GetType().Name));
        Assert.All(events.Where(one => one.BaseObject.GetType().Name == "closed"),
            one => Assert.Equal(-(long)one.Get<ulong>("number"), one.Get("result")));
    }

    [Theory]
    [InlineData("-Map tagged -EventType @{ 1 = 'opened'; 2 = 'closed' }", "opened closed opened closed opened closed")]
    [InlineData("-Map tagged -EventType @{ 1 = 'closed'; 2 = 'opened' }", "closed opened closed opened closed opened")] // as told
    [InlineData("-Map tagged -EventType @{ KIND_OPENED = 'opened'; closed = 'closed' }", "opened closed opened closed opened closed")]
    [InlineData("-Map tagged -EventType @{ kind = @{ 0x1 = 'opened'; KIND_CLOSED = 'closed' } }",
        "opened closed opened closed opened closed")]
    [InlineData("-Map tagged -EventType @{ number = @{ 0 = 'opened'; 1 = 'closed'; 4 = 'opened' } }",
        "opened closed BpfRawEvent BpfRawEvent opened BpfRawEvent")]
    [InlineData("-Map sized -EventType @{ 0 = 'brief'; 1 = 'wide'; 2 = 'brief' }",
        "brief wide brief BpfRawEvent BpfRawEvent BpfRawEvent")]
    [InlineData("-Map sized -EventType @{ 0 = 'wide'; 1 = 'wide'; 2 = 'brief' }", // the first is too short to be wide
        "BpfRawEvent wide brief BpfRawEvent BpfRawEvent BpfRawEvent")]
    public void The_values_of_a_tag_tell_structs_apart(string parameters, string expected)
    {
        var events = Run($"$m | Watch-BpfEvent {parameters} -First 6").Succeeded().Output;

        Assert.Equal(expected.Split(' '), events.Select(one => one.BaseObject.GetType().Name));
        Assert.All(events.Zip(Enumerable.Range(0, 6)).Where(one => one.First.BaseObject.GetType().Name != "BpfRawEvent"),
            one => Assert.Equal((ulong)one.Second, one.First.Get<ulong>("number")));
    }

    [Theory]
    [InlineData("@{ 1 = 'opened' }", "A tag tells two structs or more apart")]
    [InlineData("@{ 1 = 'opened'; 2 = 'clased' }", "no struct 'clased'")]
    [InlineData("@{ 1 = 'opened'; 2 = 7 }", "'7' is not the name of a struct")]
    [InlineData("@{ 1 = 'opened'; 2 = 'closed' }, 'brief'", "cannot stand beside other structs")]
    [InlineData("@{ 1 = 'opened'; KIND_OPENED = 'closed' }", "of the tag kind is given twice")]
    [InlineData("@{ 1 = 'opened'; 2 = 'same_as_closed' }", "they have no whole number or enum at the same place")]
    [InlineData("@{ kind = @{ 1 = 'opened'; 0x1ffffffff = 'closed' } }", "The tag kind, which has 4 bytes, cannot be '8589934591'")]
    [InlineData("@{ kind = @{ 1 = 'opened'; KIND_CLOSE = 'closed' } }", "cannot be 'KIND_CLOSE'")]
    [InlineData("@{ kynd = @{ 1 = 'opened'; 2 = 'closed' } }", "'kynd' is not a whole number or enum that the structs")]
    public void A_tag_that_tells_nothing_apart_is_an_error(string types, string message) =>
        Assert.Contains(message, Assert.Single(Run($"$m | Watch-BpfEvent -Map tagged -EventType {types} -Duration 1ms").Errors)
            .Exception.Message);

    [Fact]
    public void Structs_that_cannot_be_told_apart_are_an_error()
    {
        var error = Assert.Single(Run("$m | Watch-BpfEvent -Map sized -EventType opened, wide, closed, sized_like").Errors).Exception;
        Assert.Contains("no struct 'sized_like'", error.Message);

        error = Assert.Single(Run("$m | Watch-BpfEvent -Map tagged -EventType closed, same_as_closed").Errors).Exception;
        Assert.Contains("closed and same_as_closed cannot be told apart", error.Message);
    }

    [Fact]
    public void A_filter_applies_to_the_structs_that_have_its_members()
    {
        Assert.Equal([3UL, 5UL], Run("$m | Watch-BpfEvent -Map tagged -EventType opened, closed -Filter { $_.result -lt -1 } "
            + "-IdleTimeout 300ms").Succeeded().Output.Select<ulong>("number"));
        Producer.Call(4);
        Assert.Equal([6UL, 7UL, 8UL, 9UL], Run("$m | Watch-BpfEvent -Map tagged -EventType opened, closed -Filter { $_.number -ge 0 } "
            + "-First 4").Succeeded().Output.Select<ulong>("number"));
    }

    [Fact]
    public void A_filter_on_a_member_of_no_struct_is_an_error() => Assert.Contains("there is no member 'nothing'",
        Assert.Single(Run("$m | Watch-BpfEvent -Map tagged -EventType opened, closed -Filter { $_.nothing -eq 1 }").Errors)
            .Exception.Message);

    [Fact]
    public void A_record_of_none_of_the_structs_is_given_as_bytes_with_a_warning()
    {
        var outcome = Run("$m | Watch-BpfEvent -Map sized -EventType brief, opened -First 2").Succeeded();

        Assert.Equal(["brief", "BpfRawEvent"], outcome.Output.Select(one => one.BaseObject.GetType().Name));
        Assert.Contains("records of 32 bytes are none of the structs brief, opened", Assert.Single(outcome.Warnings));
    }

    [Theory]
    [InlineData("-Map left, right")]
    [InlineData("-Map right, left")]
    [InlineData("-Map left, ri*")]
    [InlineData("-Map *t")]
    public void Several_rings_of_one_object_are_one_stream(string parameters)
    {
        var events = Run($"$m | Watch-BpfEvent {parameters} -EventType timed -First 6").Succeeded().Output;

        Assert.Equal([0UL, 1UL, 2UL, 3UL, 4UL, 5UL], events.Select<ulong>("number").Order().ToArray());
    }

    [Fact]
    public void A_ring_that_is_named_and_not_there_is_an_error_even_beside_one_that_is() =>
        Assert.Contains("has no ring buffer 'middle'",
            Assert.Single(Run("$m | Watch-BpfEvent -Map left, middle -Duration 1ms").Errors).Exception.Message);

    [Fact]
    public void Several_rings_of_what_is_started_for_the_stream_are_read_and_closed_with_it()
    {
        Given("$m | Stop-BpfProgram");
        using (Producer.Steady())
        {
            var outcome = Run($"Watch-BpfEvent {Repository.TestProgram("mixed")} -Map left, right -EventType timed -Variable $producer "
                + "-First 20 -StatisticsVariable s; $s.Name").Succeeded();

            Assert.Equal(["left", "right"], outcome.Output.Skip(20).Select(one => (string)one.BaseObject));
            Assert.Equal(20, outcome.Output.Take(20).Select<ulong>("number").Distinct().Count());
        }
        NothingIsLeft();
    }
}
