using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>What cannot be started: each a clear error, and nothing stays in the kernel.</summary>
public sealed class BadInputTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("bpfps-bad-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_file_that_is_not_there()
    {
        var error = Refused("/no/such/\u001bfile.bpf.o");

        Assert.Equal((BpfErrorKind.NotFound, BpfErrno.ENOENT, @"The file '/no/such/\efile.bpf.o' does not exist."),
            (error.Kind, error.Errno, error.Message));
        Assert.Equal(BpfAdvice.ListTools, error.Advice);
    }

    [Fact]
    public void A_directory() => Assert.NotEqual(BpfErrorKind.OperationFailed, Refused(_directory).Kind);

    [Fact]
    public void A_file_that_is_not_ELF()
    {
        foreach (var bytes in (byte[][])[[], [0x7f], "hello, I am a text"u8.ToArray(),
            [0x7f, (byte)'E', (byte)'L', (byte)'X', .. new byte[100]]])
        {
            var path = Written(bytes);
            var error = Refused(path);
            Assert.Equal((BpfErrorKind.InvalidData, $"'{path}' is not an ELF file."), (error.Kind, error.Message));
        }
    }

    [Fact]
    public void An_ELF_file_that_is_no_BPF_object()
    {
        // A program and a library that are there: this process has them open.
        var library = File.ReadLines("/proc/self/maps").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .First(words => words.Length > 5 && Path.GetFileName(words[5]).StartsWith("libc.so", StringComparison.Ordinal))[5];
        foreach (var program in (string[])["/proc/self/exe", library])
        {
            Assert.Equal(BpfErrorKind.InvalidData, Refused(program).Kind);
        }
    }

    [Fact]
    public void An_object_without_BTF_has_programs_and_no_types()
    {
        var spec = BpfObjectSpec.Read(Repository.TestProgram("nobtf"));

        Assert.Equal("nobtf", Assert.Single(spec.Programs).Name);
        Assert.True(spec.Types.IsEmpty);
        Assert.Empty(spec.Variables);
    }

    [Fact]
    public void An_object_cut_anywhere()
    {
        Live.Require();
        var whole = File.ReadAllBytes(Repository.Tool("execsnoop"));
        var before = NothingLeft.Now();
        for (var i = 0; i < 50; i++)
        {
            var length = (int)((long)whole.Length * i / 50);
            Assert.Throws<BpfException>(() => Live.Start(Written(whole[..length])));
        }
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void An_object_whose_BTF_has_bits_turned_is_started_or_refused()
    {
        Live.Require();
        var before = NothingLeft.Now();
        var whole = File.ReadAllBytes(Repository.TestProgram("burst"));
        var (offset, length) = Section(Repository.TestProgram("burst"), ".BTF");
        var random = new Random(11);
        var (started, refused) = (0, 0);
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("BPFPS_FUZZ_COUNT"), out var count) ? count : 80;
        for (var i = 0; i < rounds; i++)
        {
            var damaged = whole.ToArray();
            // Every other one is in the header or the first types, where most harm is done.
            damaged[offset + random.Next(i % 2 == 0 ? 200 : length)] ^= (byte)(1 << random.Next(8));
            try
            {
                using var obj = Live.Start(Written(damaged));
                started++;
                using var stream = new BpfEventStream(obj.Map("events"));
                foreach (var map in obj.Maps.Where(map => map.Type == "array"))
                {
                    Live.Entries(map);
                }
            }
            catch (BpfException e)
            {
                Assert.NotEmpty(e.Message);
                refused++;
            }
            catch (InvalidOperationException)
            {
                refused++; // our own Single(): the map has another name now
            }
        }
        Assert.True(started > 5 && refused > 5, $"{started} started, {refused} refused");
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void A_program_that_the_verifier_rejects_says_why_and_where()
    {
        Live.Require();
        var before = NothingLeft.Now();
        var lines = File.ReadAllLines(Repository.TestSource("rejected"));
        var fault = Array.FindIndex(lines, line => line.Contains("/* the fault */", StringComparison.Ordinal));
        var error = Assert.Throws<BpfVerifierException>(() => Live.Start(Repository.TestProgram("rejected")));
        // The witness: the log that bpftool gets.
        var witness = Command.Run("bpftool", "prog", "load", Repository.TestProgram("rejected"), $"{BpfFileSystem.Root}/bpfps-never").Error;

        Assert.Equal((BpfErrorKind.VerifierRejected, BpfErrno.EACCES, "rejected"), (error.Kind, error.Errno, error.Program));
        Assert.Equal("R0 invalid mem access 'map_value_or_null'", error.Reason);
        Assert.Contains("R0 invalid mem access 'map_value_or_null'", witness, StringComparison.Ordinal);
        // Kernels before 6.10 say the text only, and the object has the rest.
        Assert.Equal(("rejected.bpf.c", fault + 1, lines[fault].Trim()),
            (Path.GetFileName(error.SourceFile), error.SourceLine, error.SourceText));
        Assert.Equal(Instruction(witness), error.Instruction?.Index);
        Assert.Contains("processed ", error.Log, StringComparison.Ordinal);
        Assert.Contains(error.Reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("Log", error.Remedy, StringComparison.Ordinal);
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void The_verifiers_log_is_whole()
    {
        Live.Require();
        var witness = Command.Run("bpftool", "prog", "load", Repository.TestProgram("rejected"),
            $"{BpfFileSystem.Root}/bpfps-never").Error.Split('\n')
            .SkipWhile(line => !line.Contains("BEGIN PROG LOAD LOG", StringComparison.Ordinal)).Skip(1)
                .TakeWhile(line => !line.Contains("END PROG LOAD LOG", StringComparison.Ordinal));
        var error = Assert.Throws<BpfVerifierException>(() => Live.Start(Repository.TestProgram("rejected")));

        // Addresses of maps differ from load to load.
        static string Comparable(string line) => System.Text.RegularExpressions.Regex.Replace(line.TrimEnd(), "0x[0-9a-f]{12,}", "ADDRESS");
        Assert.Equal(witness.Select(Comparable), error.Log.TrimEnd('\n').Split('\n').Select(Comparable));
    }

    [Fact]
    public void A_program_name_that_the_object_does_not_have()
    {
        Live.Require();
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() =>
            BpfObjectStarter.Start(Repository.Tool("execsnoop"), new BpfStartOptions { Programs = ["exec_done", "execve"] }));

        Assert.Equal((BpfErrorKind.NotFound, "The object has no program 'execve'."), (error.Kind, error.Message));
        Assert.Contains("exec_done", error.Remedy, StringComparison.Ordinal);
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void A_tool_that_does_not_ship()
    {
        var before = BpfTool.Directory;
        BpfTool.Directory = Path.GetDirectoryName(Repository.Tool("execsnoop"))!;
        try
        {
            foreach (var name in (string[])["nosuchtool", "../tests/bpf/types", "exec*", ""])
            {
                var error = Assert.Throws<BpfException>(() => BpfTool.FindPath(name));
                Assert.Equal((BpfErrorKind.NotFound, $"There is no tool named '{name}'."), (error.Kind, error.Message));
                Assert.Contains("execsnoop, ", error.Remedy, StringComparison.Ordinal);
            }
        }
        finally
        {
            BpfTool.Directory = before;
        }
    }

    [Fact]
    public void A_stopped_object_says_so_and_can_be_stopped_again()
    {
        Live.Require();
        var obj = Live.TestProgram("burst");
        obj.Dispose();
        obj.Dispose();

        Assert.Equal((BpfObjectState.Stopped, 0), (obj.State, obj.LinkCount));
        Assert.Null(obj.EventsLost);
        Assert.DoesNotContain(obj, BpfSession.Objects);
    }

    private static BpfException Refused(string path)
    {
        Live.Require();
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() => Live.Start(path));
        Assert.Empty(NothingLeft.Leftovers(before));
        return error;
    }

    private string Written(byte[] bytes)
    {
        var path = Path.Combine(_directory, "damaged.bpf.o");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>The number in front of the last instruction of a log.</summary>
    private static int? Instruction(string log) =>
        System.Text.RegularExpressions.Regex.Matches(log, @"^(\d+): \(", System.Text.RegularExpressions.RegexOptions.Multiline)
        .Select(match => (int?)int.Parse(match.Groups[1].Value, null)).LastOrDefault();

    private static (int Offset, int Length) Section(string path, string name)
    {
        Machine.RequireProgram("readelf");
        var fields = Command.Output("readelf", "-SW", path).Split('\n')
            .Select(line => line.Split(']')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .First(words => words is [var first, ..] && first == name);
        return (Convert.ToInt32(fields[3], 16), Convert.ToInt32(fields[4], 16));
    }
}
