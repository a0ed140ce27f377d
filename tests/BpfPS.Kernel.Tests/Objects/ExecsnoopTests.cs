using System.Globalization;
using System.Diagnostics;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>execsnoop against what was executed.</summary>
public sealed class ExecsnoopTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("bpfps-exec-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<string[]> Arguments => new(
        [],
        ["with space", "new\nline", "tab\there"],
        ["", "", "three", ""],
        ["\u001b[31mred\u001b[0m", "\"quoted\"", "back\\slash", "größe 漢字"],
        [.. Enumerable.Range(1, 100).Select(i => $"argument-{i}")]);

    [Theory, MemberData(nameof(Arguments))]
    public void A_program_that_starts_is_an_event_with_all_that_it_was_given(string[] arguments)
    {
        Live.Require();
        using var obj = Live.Tool("execsnoop", ("ppid", Environment.ProcessId));
        using var stream = new BpfEventStream(obj.Map("events"));
        var before = DateTime.Now;
        using var process = Process.Start(new ProcessStartInfo("/bin/true", arguments))!;
        process.WaitForExit();
        var after = DateTime.Now;
        var record = Assert.Single(Live.ReadUntil(stream, events => events.Count > 0));

        Assert.Equal((uint)process.Id, Live.Get<uint>(record, "pid"));
        Assert.Equal((uint)process.Id, Live.Get<uint>(record, "tid")); // after a start there is one thread
        Assert.Equal((uint)Environment.ProcessId, Live.Get<uint>(record, "ppid"));
        Assert.Equal(OwnCgroup(), Live.Get<ulong>(record, "cgroup"));
        Assert.Equal(0u, Live.Get<uint>(record, "uid"));
        Assert.Equal(BpfErrno.Success, Live.Get<BpfErrno>(record, "ret"));
        Assert.Equal("true", Live.Get<string>(record, "comm"));
        Assert.Equal("/bin/true", Live.Get<string>(record, "filename"));
        Assert.Equal(["/bin/true", .. arguments], Live.Get<string[]>(record, "args"));
        Assert.False(Live.Get<bool>(record, "truncated"));
        Assert.InRange(Live.Get<DateTime>(record, "time"), before.AddMilliseconds(-5), after.AddMilliseconds(5));
        Assert.Equal(0ul, stream.Lost);
    }

    [Fact]
    public void Arguments_beyond_4096_bytes_are_cut_and_marked()
    {
        Live.Require();
        var arguments = Enumerable.Range(0, 60).Select(i => $"{i:00}{new string('x', 98)}").ToArray();
        var record = EventOf(() => Process.Start("/bin/true", arguments));
        var args = Live.Get<string[]>(record, "args");

        Assert.True(Live.Get<bool>(record, "truncated"));
        Assert.Equal(4095, string.Join('\0', args).Length);
        Assert.StartsWith(string.Join('\0', args), string.Join('\0', arguments.Prepend("/bin/true")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_user_id_is_the_events_and_the_filters()
    {
        Live.Require();
        Machine.RequireProgram("setpriv");
        using var obj = Live.Tool("execsnoop", ("uid", 65534));
        using var stream = new BpfEventStream(obj.Map("events"));
        Command.Output("/bin/true");
        using var process = Process.Start(Machine.Find("setpriv")!, ["--reuid=65534", "--clear-groups", "/bin/true", "as nobody"]);
        process.WaitForExit();
        var record = Assert.Single(Live.ReadAll(stream));

        Assert.Equal((65534u, (uint)process.Id, BpfErrno.Success),
            (Live.Get<uint>(record, "uid"), Live.Get<uint>(record, "pid"), Live.Get<BpfErrno>(record, "ret")));
        Assert.Equal(["/bin/true", "as nobody"], Live.Get<string[]>(record, "args"));
    }

    [Fact]
    public void A_program_that_is_not_there_or_cannot_run_is_an_event_with_its_error()
    {
        Live.Require();
        var (missing, plain, text) = (Path.Combine(_directory, "missing"), Path.Combine(_directory, "plain"),
            Path.Combine(_directory, "text"));
        File.WriteAllText(plain, "no program");
        File.WriteAllText(text, "\u0001\u0002 no format that the kernel knows");
        File.SetUnixFileMode(text, UnixFileMode.UserExecute | UnixFileMode.UserRead);
        using var obj = Live.Tool("execsnoop");
        using var stream = new BpfEventStream(obj.Map("events"));
        Machine.RequireProgram("python3");
        using var child = new Child("python3", "-c", $$"""
            import os
            for path, args in (('{{missing}}', ["a b", "", "\x1b"]), ('{{plain}}', ["p"]), ('{{text}}', ["x"])):
                try: os.execv(path, args)
                except OSError as e: pass
            """);
        Assert.Equal(0, child.WaitForExit());
        bool IsMine(BpfRecord record) => Live.Get<uint>(record, "pid") == child.Id
            && Live.Get<string>(record, "filename").StartsWith(_directory, StringComparison.Ordinal);
        var events = Live.ReadUntil(stream, read => read.Count(IsMine) >= 3).Where(IsMine).ToArray();

        Assert.Equal([(missing, BpfErrno.ENOENT), (plain, BpfErrno.EACCES), (text, BpfErrno.ENOEXEC)],
            events.Select(record => (Live.Get<string>(record, "filename"), Live.Get<BpfErrno>(record, "ret"))));
        Assert.Equal(["a b", "", "\u001b"], Live.Get<string[]>(events[0], "args"));
        Assert.Equal(["x"], Live.Get<string[]>(events[2], "args"));
        Assert.All(events, record => Assert.Equal((uint)Environment.ProcessId, Live.Get<uint>(record, "ppid")));
        Assert.All(events, record => Assert.StartsWith("python", Live.Get<string>(record, "comm"), StringComparison.Ordinal));
    }

    [Fact]
    public void A_program_started_through_a_descriptor_is_called_by_it()
    {
        Live.Require();
        Machine.RequireProgram("python3");
        var record = EventOf(() => Process.Start(Machine.Find("python3")!, ["-c",
            "import os; fd = os.open('/bin/true', os.O_RDONLY); os.execve(fd, ['by descriptor', 'x'], {})"]), record =>
                Live.Get<string>(record, "filename").StartsWith("/dev/fd/", StringComparison.Ordinal));

        Assert.Matches("^/dev/fd/[0-9]+$", Live.Get<string>(record, "filename"));
        Assert.Equal(["by descriptor", "x"], Live.Get<string[]>(record, "args"));
        Assert.Equal(BpfErrno.Success, Live.Get<BpfErrno>(record, "ret"));
    }

    [Fact]
    public void The_filter_by_process_lets_only_its_calls_through()
    {
        Live.Require();
        using var child = new Child("sh", "-c", "read line; exec /bin/true from the child");
        using var obj = Live.Tool("execsnoop", ("pid", child.Id));
        using var stream = new BpfEventStream(obj.Map("events"));
        Command.Output("/bin/true");
        child.Say("go");
        child.WaitForExit();
        var record = Assert.Single(Live.ReadAll(stream));

        Assert.Equal((uint)child.Id, Live.Get<uint>(record, "pid"));
        Assert.Equal(["/bin/true", "from", "the", "child"], Live.Get<string[]>(record, "args"));
    }

    [Fact]
    public void The_filter_by_parent_lets_only_its_children_through()
    {
        Live.Require();
        using var child = new Child("sh", "-c", "read line; /bin/true grandchild; exit 0");
        using var obj = Live.Tool("execsnoop", ("ppid", child.Id));
        using var stream = new BpfEventStream(obj.Map("events"));
        Command.Output("/bin/true");
        child.Say("go");
        child.WaitForExit();

        Assert.Equal(["/bin/true", "grandchild"], Live.Get<string[]>(Assert.Single(Live.ReadAll(stream)), "args"));
    }

    [Theory]
    [InlineData(true, true, "ENOENT EACCES Success")]
    [InlineData(true, false, "EACCES Success")]
    [InlineData(false, true, "Success")]
    public void Failures_are_left_out_when_they_are_not_wanted(bool failed, bool notFound, string expected)
    {
        Live.Require();
        var plain = Path.Combine(_directory, "plain");
        File.WriteAllText(plain, "no program");
        using var child = new Child("sh", "-c", $"read line; {_directory}/missing; {plain}; /bin/true; exit 0");
        using var obj = Live.Tool("execsnoop", ("ppid", child.Id), ("failed", failed), ("not_found", notFound));
        using var stream = new BpfEventStream(obj.Map("events"));
        child.Say("go");
        child.WaitForExit();

        Assert.Equal(expected, string.Join(' ', Live.ReadAll(stream).Select(record => Live.Get<BpfErrno>(record, "ret"))));
    }

    private static BpfRecord EventOf(Func<Process?> start, Func<BpfRecord, bool>? which = null)
    {
        using var obj = Live.Tool("execsnoop");
        using var stream = new BpfEventStream(obj.Map("events"));
        using var process = start()!;
        process.WaitForExit();
        var pid = (uint)process.Id;
        bool IsWanted(BpfRecord record) => Live.Get<uint>(record, "pid") == pid && which?.Invoke(record) != false;
        return Live.ReadUntil(stream, read => read.Any(IsWanted)).Single(IsWanted);
    }

    // The child is in the same one. The id of a cgroup is the number of its directory's inode.
    private static ulong OwnCgroup()
    {
        var path = File.ReadLines("/proc/self/cgroup").Single(line => line.StartsWith("0::", StringComparison.Ordinal))[3..];
        return ulong.Parse(Command.Output("stat", "-c", "%i", $"{CgroupTree.RequireRoot()}{path}").Trim(), CultureInfo.InvariantCulture);
    }
}
