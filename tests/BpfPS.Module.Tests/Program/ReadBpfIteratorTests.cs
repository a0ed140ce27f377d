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
    public void A_started_object_is_read_again_and_again_and_one_without_an_iterator_is_an_error()
    {
        Run($"$o = Start-BpfProgram '{s_object}' -Program tasks_as_text").Succeeded();
        Assert.NotEmpty(Run("$o | Read-BpfIterator").Succeeded().Output);
        Assert.NotEmpty(Run("$o | Read-BpfIterator").Succeeded().Output);
        Assert.Contains("has no attached iterator",
            Assert.Single(Run("Start-BpfProgram $burst | Read-BpfIterator").Errors).Exception.Message, StringComparison.Ordinal);
    }
}
