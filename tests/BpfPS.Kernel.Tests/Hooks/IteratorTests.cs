using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Iterators: what they write, against /proc and bpftool.</summary>
public sealed class IteratorTests : IClassFixture<NothingLeft>
{
    public IteratorTests() => Live.Require();

    [Fact]
    public void Tasks_come_as_lines_each_time_from_the_beginning()
    {
        using var child = new Child("sleep", "60");
        using var obj = Start(new BpfAttachOptions(), "tasks_as_text");
        for (var time = 0; time < 2; time++)
        {
            using var reader = new BpfIteratorReader(obj);
            var lines = new List<string>();
            while (reader.TryReadLine(out var line))
            {
                lines.Add(line);
            }
            Assert.Contains($"{child.Id} sleep", lines);
            Assert.Contains($"{Environment.ProcessId} {File.ReadAllText("/proc/self/comm").Trim()}", lines);
            Assert.Equal(lines.Count, lines.Distinct().Count());
        }
    }

    [Fact]
    public void Records_are_objects_of_the_struct_that_the_program_writes()
    {
        using var obj = Start(new BpfAttachOptions { ProcessIds = [Environment.ProcessId] }, "tasks_as_records");
        using var reader = new BpfIteratorReader(obj, "tasks_as_records");
        var before = Directory.GetDirectories("/proc/self/task").Length;
        var threads = reader.ReadRecords("task_line").ToArray();

        Assert.All(threads, thread => Assert.Equal((uint)Environment.ProcessId, Live.Get(thread, "pid")));
        Assert.InRange(threads.Length, 1, before + 10);
        var first = threads.Single(thread => Live.Get<uint>(thread, "tid") == Environment.ProcessId);
        Assert.Equal(File.ReadAllText("/proc/self/comm").Trim(), Live.Get(first, "comm"));
        using var again = new BpfIteratorReader(obj);
        Assert.Contains("task_line", Assert.Throws<BpfException>(() => again.ReadRecords("no_such").ToArray()).Remedy,
            StringComparison.Ordinal);
    }

    // Hardened kernels refuse iterators that can write to a map's elements. The program in C is the witness.
    [Fact]
    public void The_elements_of_a_map_are_gone_through_where_a_program_in_C_may_and_refused_with_a_clear_error_elsewhere()
    {
        if (LibbpfInC.Attach("iterators", "elements", "numbers") == LibbpfInC.Attached)
        {
            GoThroughElements();
        }
        else
        {
            Assert.False(Guest.IsHere, "The kernels of the virtual machines allow it.");
            SwitchedHook.Refuses("iterators", new BpfAttachOptions { Map = "numbers" }, "elements");
        }
    }

    private static void GoThroughElements()
    {
        using var obj = Start(new BpfAttachOptions { Map = "numbers" }, "elements");
        for (byte i = 1; i <= 3; i++)
        {
            Bpftool.Update(obj.Map("numbers").Id, [i, 0, 0, 0], [(byte)(i * 10), 0, 0, 0, 0, 0, 0, 0]);
        }
        using var reader = new BpfIteratorReader(obj);
        var lines = new List<string>();
        while (reader.TryReadLine(out var line))
        {
            lines.Add(line);
        }

        Assert.Equal(["1=10", "2=20", "3=30"], lines.Order(StringComparer.Ordinal));
        Assert.Contains("numbers", Assert.Throws<BpfException>(() => Start(new BpfAttachOptions { Map = "numbres" }, "elements")).Remedy,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_without_an_iterator_or_with_several_says_so()
    {
        using var none = Live.TestProgram("burst");
        Assert.Contains("has no attached iterator", Assert.Throws<BpfException>(() => new BpfIteratorReader(none)).Message,
            StringComparison.Ordinal);
        using var several = Start(new BpfAttachOptions(), "tasks_as_text", "tasks_as_records");
        Assert.Contains("tasks_as_text, tasks_as_records", Assert.Throws<BpfException>(() => new BpfIteratorReader(several)).Remedy,
            StringComparison.Ordinal);
    }

    private static BpfObject Start(BpfAttachOptions options, params string[] programs) =>
        BpfObjectStarter.Start(BpfPS.Tests.Repository.TestProgram("iterators"),
            new BpfStartOptions { Programs = programs, Attachment = options });
}
