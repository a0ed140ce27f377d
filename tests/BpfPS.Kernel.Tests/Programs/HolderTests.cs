using System.Diagnostics;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Programs;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Programs;

/// <summary>Who holds programs, told by the iterator. The witness is what /proc says of descriptors.</summary>
public sealed class HolderTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly string _before = BpfTool.Directory;

    public HolderTests() => BpfTool.Directory = Path.GetDirectoryName(Repository.Tool("holders"))!;

    public void Dispose() => BpfTool.Directory = _before;

    [Fact]
    public void The_iterator_tells_the_processes_whose_fdinfo_names_a_program()
    {
        Live.Require();
        using var burst = Live.TestProgram("burst");
        using var execsnoop = Live.Tool("execsnoop");
        // Other processes come and go: what was there before and after the iterator's answer is what it must tell.
        var before = Fdinfo();
        var told = HolderIterator.TryRead();
        var after = Fdinfo();

        Assert.NotNull(told);
        var ours = told.Select(entry => (entry.Program, entry.Holder.ProcessId)).ToHashSet();
        Assert.Superset(before.Intersect(after).ToHashSet(), ours);
        foreach (var program in burst.Programs.Concat(execsnoop.Programs))
        {
            Assert.Contains((program.Id, Environment.ProcessId), ours);
        }
        Assert.All(told.Where(entry => entry.Holder.ProcessId == Environment.ProcessId), entry =>
            Assert.Equal(File.ReadAllText("/proc/self/comm").TrimEnd('\n'), entry.Holder.Name));
    }

    [Fact]
    public void The_iterator_and_the_walk_tell_the_same()
    {
        Live.Require();
        using var execsnoop = Live.Tool("execsnoop");
        var ids = execsnoop.Programs.Select(program => program.Id).ToHashSet();

        // Others hold them for a moment while they list what there is.
        var iterated = HolderIterator.TryRead()!.Where(entry =>
            ids.Contains(entry.Program) && entry.Holder.ProcessId == Environment.ProcessId).ToHashSet();

        Assert.Equal(HolderWalk.Programs().Where(entry => ids.Contains(entry.Id) && entry.Holder.ProcessId == Environment.ProcessId)
            .ToHashSet(), iterated);
        Assert.Equal(ids.Count, iterated.Count);
    }

    [Fact]
    public void Another_process_is_named()
    {
        Live.Require();
        using var pins = new PinDirectory();
        using var obj = BpfObjectStarter.Start(Repository.TestProgram("burst"), new BpfStartOptions { PinPath = pins.Path });
        using var child = new Child(Pwsh.Program, "-NoProfile", "-NonInteractive", "-Command", $"Import-Module '{Repository.Module}'; " +
            "$b = Start-BpfProgram " + Repository.TestProgram("burst") + " -NoAttach; \"$($b.Programs[0].Id)\"; [Console]::In.ReadLine()");
        var id = uint.Parse(child.Hear(), System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal([new BpfHolder(child.Id, File.ReadAllText($"/proc/{child.Id}/comm").TrimEnd('\n'))], BpfProgram.FromId(id).Processes);
        child.Say("");
        child.WaitForExit();
    }

    [Fact]
    public void Without_the_iterator_the_walk_answers()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        BpfTool.Directory = "/nonexistent";

        Assert.Null(HolderIterator.TryRead());
        Assert.Equal(Environment.ProcessId, Assert.Single(BpfProgram.FromId(obj.Programs.Single().Id).Processes).ProcessId);
    }

    [Fact]
    public void Asking_leaves_no_program_behind()
    {
        Live.Require();
        HolderIterator.TryRead();
        var patience = Stopwatch.StartNew();
        // Other sessions ask as well, but not for long.
        while (BpfProgram.List()
            .Any(program =>
            program.Name == HolderIterator.ProgramName && program.Processes.Any(holder => holder.ProcessId == Environment.ProcessId)))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(5), "the iterator's program stays");
        }
    }

    private static HashSet<(uint Program, int ProcessId)> Fdinfo()
    {
        var found = new HashSet<(uint, int)>();
        foreach (var line in Command.Run("sh", "-c", "grep -s ^prog_id: /proc/[0-9]*/fdinfo/*").Output.Split('\n',
            StringSplitOptions.RemoveEmptyEntries))
        {
            // /proc/PID/fdinfo/FD:prog_id:	ID
            var parts = line.Split('/', ':');
            found.Add((uint.Parse(parts[^1].Trim(), System.Globalization.CultureInfo.InvariantCulture),
                int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture)));
        }
        return found;
    }
}
