using System.Net.Sockets;

namespace BpfPS.Module.Tests.Module;

/// <summary>
/// Where a file belongs, something else is refused at once: a FIFO would wait for a writer, a device may never end, and nothing of
/// them is replaced by a file.
/// </summary>
public sealed class PathTests : KernelTest
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public PathTests()
    {
        foreach (var ending in (string[])["bpf.o", "bpf.c", "json", "pcap"])
        {
            Command.Output("mkfifo", $"{_folder.Path}/fifo.{ending}");
            Directory.CreateDirectory($"{_folder.Path}/folder.{ending}");
            File.CreateSymbolicLink($"{_folder.Path}/nothing.{ending}", $"{_folder.Path}/nosuch");
            File.CreateSymbolicLink($"{_folder.Path}/circle.{ending}", $"{_folder.Path}/circle.{ending}");
            File.CreateSymbolicLink($"{_folder.Path}/device.{ending}", "/dev/zero");
            File.CreateSymbolicLink($"{_folder.Path}/socket.{ending}", $"{_folder.Path}/socket");
        }
        _socket.Bind(new UnixDomainSocketEndPoint($"{_folder.Path}/socket"));
        Run("$map = New-BpfMap path_map -Type array -KeyType u32 -ValueType u32 -MaxEntries 1").Succeeded();
    }

    public override void Dispose()
    {
        _socket.Dispose();
        _folder.Dispose();
        base.Dispose();
    }

    public static TheoryData<string> Kinds => ["fifo", "folder", "nothing", "circle", "device", "socket"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_no_file_is_one_error_at_once_for_each_parameter_that_takes_a_file(string kind)
    {
        RequireCompiler();
        string[] calls =
        [
            "Start-BpfProgram {0}.bpf.o", "Start-BpfProgram {0}.bpf.c", "Watch-BpfEvent {0}.bpf.o -First 1",
            "Get-BpfObject -LiteralPath {0}.bpf.o", "Get-BpfObject -FilePath {0}.bpf.o", "Build-BpfProgram {0}.bpf.c",
            "Test-BpfFeature -Object {0}.bpf.o", "Import-BpfMap {0}.json",
            "Invoke-BpfProgram path_program -PcapPath {0}.pcap", "Build-BpfProgram $source -Compiler {0}.bpf.o",
            "Start-BpfProgram $uprobe -Program count_uprobe -Target {0}.bpf.o:main",
        ];
        Run($"$source = '{_folder.Write("source.bpf.c", "char LICENSE[] __attribute__((section(\"license\"))) = \"GPL\";")}'; "
            + $"$uprobe = '{Repository.TestProgram("hooks")}'; $x = Start-BpfProgram '{Repository.TestProgram("runs")}' -NoAttach; "
            + "$program = $x.Programs[0].Name").Succeeded();
        foreach (var call in calls)
        {
            var script = string.Format(call.Replace("path_program", "$program", StringComparison.Ordinal), $"{_folder.Path}/{kind}");

            var outcome = InTime(script);

            Assert.True(outcome.Errors.Count == 1, $"{script}: {string.Join(" / ", outcome.Errors)}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_no_file_is_not_replaced_by_one(string kind)
    {
        RequireCompiler();
        var source = _folder.Write("source.bpf.c", "char LICENSE[] __attribute__((section(\"license\"))) = \"GPL\";");
        foreach (var call in (string[])[$"$map | Export-BpfMap -Destination {_folder.Path}/{kind}.json -Force",
            $"Build-BpfProgram {source} -Destination {_folder.Path}/{kind}.bpf.o -Force"])
        {
            var before = Command.Output("ls", "-lR", "--time-style=full-iso", _folder.Path);

            var outcome = InTime(call);

            // A link that leads nowhere is a place for a file, as for any program.
            if (kind is not ("nothing" or "folder" or "circle"))
            {
                Assert.Contains("regular file", Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
                Assert.Equal(before, Command.Output("ls", "-lR", "--time-style=full-iso", _folder.Path));
            }
        }
    }

    [Theory]
    [InlineData("Get-BpfLink -Cgroup {0}/fifo.json")]
    [InlineData("Get-BpfLink -NetworkNamespace {0}/fifo.json")]
    [InlineData("Start-BpfProgram $hooks -Program count_sk_lookup -NetworkNamespace {0}/fifo.json")]
    [InlineData("Start-BpfProgram $hooks -Program count_cgroup_skb -Cgroup {0}/fifo.json")]
    public void A_FIFO_in_place_of_something_else_is_an_error_too(string call)
    {
        Run($"$hooks = '{Repository.TestProgram("hooks")}'").Succeeded();

        Assert.Single(InTime(string.Format(call, _folder.Path)).Errors);
    }

    private Outcome InTime(string script)
    {
        var outcome = Task.Run(() => Run(script));
        Assert.True(outcome.Wait(s_patience), $"'{script}' hangs.");
        return outcome.Result;
    }
}
