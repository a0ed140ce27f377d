using BpfPS.Kernel.Tests.Compilation;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

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

    [Fact]
    public void Records_are_found_to_be_records_and_text_to_be_text()
    {
        using var obj = Start(new BpfAttachOptions { ProcessIds = [Environment.ProcessId] }, "tasks_as_records", "tasks_as_text");
        // Records of the only struct that the program declares.
        using var records = new BpfIteratorReader(obj, "tasks_as_records");
        var threads = records.Read(null).Cast<BpfRecord>().ToArray();
        Assert.All(threads, thread => Assert.Equal((uint)Environment.ProcessId, Live.Get(thread, "pid")));
        Assert.Contains(threads, thread => Live.Get<uint>(thread, "tid") == Environment.ProcessId
            && (string?)Live.Get(thread, "comm") == File.ReadAllText("/proc/self/comm").Trim());
        Assert.Equal("task_line", threads[0].GetType().Name);

        using var text = new BpfIteratorReader(obj, "tasks_as_text");
        Assert.Equal([$"{Environment.ProcessId} {File.ReadAllText("/proc/self/comm").Trim()}"], text.Read(null));
        Assert.Empty(records.TakeDoubts().Concat(text.TakeDoubts()));
    }

    [Fact]
    public void All_lines_of_a_long_text_come_once()
    {
        using var obj = Start(new BpfAttachOptions(), "tasks_as_text");
        using var one = new BpfIteratorReader(obj);
        using var other = new BpfIteratorReader(obj);
        var lines = new List<string>();
        while (other.TryReadLine(out var line))
        {
            lines.Add(line);
        }
        var read = one.Read(null).Cast<string>().ToArray();

        Assert.Equal(read.Length, read.Distinct().Count());
        // What ended or began between the two is in one of them only.
        Assert.InRange(read.Intersect(lines).Count(), lines.Count - 20, lines.Count);
    }

    [Theory]
    [InlineData("GADGET_ITER", "struct line { __u32 tid; __u32 priority; char comm[16]; }; struct other { __u64 a, b, c; } mention; "
        + "const struct line *unusedevent_lines___line __attribute__((unused)); "
        + "const void *gadget_iter_lines___line___lines __attribute__((unused));")]
    [InlineData("GADGET_ITER, and only the debug information has it", "struct line { __u32 tid; __u32 priority; char comm[16]; }; "
        + "struct other { __u64 a, b, c; } mention; const void *gadget_iter_lines___line___other___lines __attribute__((unused));")]
    [InlineData("the only struct of the size", "struct line { __u32 tid; __u32 priority; char comm[16]; };")]
    [InlineData("the only struct of the size, beside others of which it could be several",
        "struct line { __u32 tid; __u32 priority; char comm[16]; }; struct pair { __u32 a, b; } mention;")]
    public void The_struct_of_records_is_found(string how, string declarations)
    {
        using var place = new CompileDirectory();
        CompileDirectory.Require();
        using var obj = StartLines(place, declarations, "bpf_seq_write(ctx->meta->seq, &line, sizeof(line));");
        using var reader = new BpfIteratorReader(obj);
        var record = Assert.IsAssignableFrom<BpfRecord>(Assert.Single(reader.Read(null)));

        Assert.True(record.GetType().Name == "line", how);
        Assert.Equal((2u, File.ReadAllText("/proc/2/comm").Trim()), (Live.Get<uint>(record, "tid"), (string?)Live.Get(record, "comm")));
        Assert.Empty(reader.TakeDoubts());
    }

    [Fact]
    public void Of_two_structs_of_the_size_none_is_taken_and_the_bytes_are_those_that_bpftool_reads()
    {
        using var place = new CompileDirectory();
        CompileDirectory.Require();
        const string write = "bpf_seq_write(ctx->meta->seq, &line, sizeof(line));";
        using var obj = StartLines(place,
            "struct line { __u32 tid; __u32 priority; char comm[16]; }; struct other { __u64 a, b, c; } mention;", write);
        using var pins = new PinDirectory();
        pins.Make();
        Bpftool.Run("iter", "pin", obj.Path, pins["lines"]);
        using var reader = new BpfIteratorReader(obj);

        var bytes = Assert.IsType<BpfRawEvent>(Assert.Single(reader.Read(null))).Bytes;
        using var pinned = File.OpenRead(pins["lines"]);
        using var witness = new MemoryStream();
        pinned.CopyTo(witness);
        Assert.Equal(witness.ToArray(), bytes);
        var (what, advice) = Assert.Single(reader.TakeDoubts());
        Assert.Contains("given as bytes", what, StringComparison.Ordinal);
        Assert.Equal("Name it with EventType: struct other, struct line.", advice.Text);
        using var named = new BpfIteratorReader(obj);
        Assert.Equal(2u, Live.Get(Assert.IsAssignableFrom<BpfRecord>(Assert.Single(named.Read("struct line"))), "tid"));
    }

    [Fact]
    public void Several_records_of_one_call_are_said_to_be_a_guess()
    {
        using var place = new CompileDirectory();
        CompileDirectory.Require();
        using var obj = StartLines(place, "struct line { __u32 tid; __u32 priority; char comm[16]; };",
            "bpf_seq_write(ctx->meta->seq, &line, sizeof(line)); line.priority = 7; bpf_seq_write(ctx->meta->seq, &line, sizeof(line));");
        using var reader = new BpfIteratorReader(obj);
        var records = reader.Read(null).Cast<BpfRecord>().ToArray();

        Assert.Equal([2u, 2u], records.Select(record => Live.Get<uint>(record, "tid")));
        Assert.Equal(7u, Live.Get(records[1], "priority"));
        Assert.Contains("48 bytes, which are taken for 2 of struct line", Assert.Single(reader.TakeDoubts()).What,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Records_of_a_stripped_object_are_bytes_with_advice_that_works()
    {
        using var place = new CompileDirectory();
        CompileDirectory.Require();
        const string write = "bpf_seq_write(ctx->meta->seq, &line, sizeof(line));";
        const string line = "struct line { __u32 tid; __u32 priority; char comm[16]; };";
        using (var obj = StartLines(place, line, write, strip: true))
        {
            using var reader = new BpfIteratorReader(obj);
            Assert.Equal(24, Assert.IsType<BpfRawEvent>(Assert.Single(reader.Read(null))).Bytes.Length);
            Assert.Contains("const struct NAME *unused __attribute__((unused))", Assert.Single(reader.TakeDoubts()).How.Text,
                StringComparison.Ordinal);
        }
        using var declared = StartLines(place, $"{line} const struct line *unused __attribute__((unused));", write, strip: true);
        using var again = new BpfIteratorReader(declared);
        Assert.Equal(2u, Live.Get(Assert.IsAssignableFrom<BpfRecord>(Assert.Single(again.Read(null))), "tid"));
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

    /// <summary>An iterator that writes about process 2, kthreadd, alone.</summary>
    private static BpfObject StartLines(CompileDirectory place, string declarations, string write, bool strip = false)
    {
        var path = BpfCompiler.Compile(place.Source($$"""
            #include "kernel.h"
            #include <bpf/bpf_helpers.h>
            #include <bpf/bpf_tracing.h>
            char LICENSE[] SEC("license") = "GPL";
            struct bpf_iter_meta { struct seq_file *seq; __u64 session_id; __u64 seq_num; } __attribute__((preserve_access_index));
            struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; } __attribute__((preserve_access_index));
            {{declarations}}
            SEC("iter/task") int lines(struct bpf_iter__task *ctx)
            {
                struct task_struct *task = ctx->task;
                struct line line = {};
                if (!task || task->pid != 2)
                    return 0;
                line.tid = task->pid;
                bpf_probe_read_kernel_str(line.comm, sizeof(line.comm), task->comm);
                {{write}}
                return 0;
            }
            """)).FilePath;
        if (strip)
        {
            Machine.RequireProgram("llvm-strip");
            Command.Output("llvm-strip", "-g", path);
        }
        return BpfObjectStarter.Start(path, new BpfStartOptions());
    }

    private static BpfObject Start(BpfAttachOptions options, params string[] programs) =>
        BpfObjectStarter.Start(BpfPS.Tests.Repository.TestProgram("iterators"),
            new BpfStartOptions { Programs = programs, Attachment = options });
}
