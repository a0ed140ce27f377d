namespace BpfPS.Module.Tests.Program;

/// <summary>Read-BpfIterator.</summary>
public sealed class ReadBpfIteratorTests : KernelTest
{
    private static readonly string s_object = Repository.TestProgram("iterators");

    [Fact]
    public void A_file_is_started_for_the_reading_and_nothing_stays()
    {
        var lines = Run($"Read-BpfIterator '{s_object}' -Program tasks_as_text").Succeeded().Output;

        Assert.Contains(lines, line =>
            line.BaseObject is string text && text == $"{Environment.ProcessId} {File.ReadAllText("/proc/self/comm").Trim()}");
        NothingIsLeft();
    }

    [Fact]
    public void Records_have_the_members_of_the_struct_and_a_stopped_pipeline_leaves_nothing()
    {
        var first = Run($"Read-BpfIterator '{s_object}' -Program tasks_as_records -EventType task_line -ProcessId {Environment.ProcessId}")
            .Succeeded().Output[0];
        Assert.Equal((uint)Environment.ProcessId, first.Get("pid"));
        Run($"try {{ Read-BpfIterator '{s_object}' -Program tasks_as_text | ForEach-Object {{ throw 'enough' }} }} catch {{ }}")
            .Succeeded();

        NothingIsLeft();
    }

    [Fact]
    public void Records_are_objects_without_a_name_where_the_program_tells_and_bytes_with_a_warning_where_it_does_not()
    {
        var found = Run($"Read-BpfIterator '{s_object}' -Program tasks_as_records -ProcessId {Environment.ProcessId}").Succeeded();
        Assert.Equal((uint)Environment.ProcessId, found.Output[0].Get("pid"));

        var outcome = Run($"Read-BpfIterator '{Repository.TestProgram("nameless")}'");
        Assert.Equal(16, ((byte[])outcome.Output[0].Get("Bytes")!).Length);
        var warning = Assert.Single(outcome.Warnings);
        Assert.Contains("Name it with -EventType: struct one_line, struct other_line.", warning, StringComparison.Ordinal);
        // What the warning says works.
        var named = Run($"Read-BpfIterator '{Repository.TestProgram("nameless")}' -EventType one_line").Succeeded();
        Assert.Equal(2u, named.Output[0].Get("tid"));
    }

    [Fact]
    public void A_started_object_is_read_again_and_again_and_one_without_an_iterator_is_an_error()
    {
        Run($"$o = Start-BpfProgram '{s_object}' -Program tasks_as_text").Succeeded();
        Assert.NotEmpty(Run("$o | Read-BpfIterator").Succeeded().Output);
        Assert.NotEmpty(Run("$o | Read-BpfIterator").Succeeded().Output);
        Assert.Contains("has no attached iterator",
            Assert.Single(Run("Start-BpfProgram $burst | Read-BpfIterator").Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_names_one_that_fails_does_not_keep_the_others_from_being_read()
    {
        Given($"$o = Start-BpfProgram '{s_object}' -Program tasks_as_text");

        var outcome = Run("Read-BpfIterator nosuch, iterators");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.Contains(outcome.Output, line => $"{line}".StartsWith($"{Environment.ProcessId} ", StringComparison.Ordinal));
        Assert.Empty(Run("Read-BpfIterator nosuch*").Succeeded().Output);
    }

    [Fact]
    public void A_file_from_the_pipeline_is_started_for_the_reading()
    {
        var lines = Run($"[System.IO.FileInfo]::new('{s_object}') | Read-BpfIterator -Program tasks_as_text").Succeeded().Output;

        Assert.Contains(lines, line => $"{line}".StartsWith($"{Environment.ProcessId} ", StringComparison.Ordinal));
        NothingIsLeft();
    }

    [Theory]
    [InlineData("-ProcessId 1")]
    [InlineData("-Variable @{ x = 1 }")]
    [InlineData("-Cgroup /")]
    public void What_is_said_at_a_start_is_an_error_for_what_is_running(string argument)
    {
        Given($"$o = Start-BpfProgram '{s_object}' -Program tasks_as_text");

        var error = Run($"Read-BpfIterator iterators {argument}")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument, "iterators");

        Assert.Contains(argument.Split(' ')[0], error.ErrorDetails.RecommendedAction);
    }
}
