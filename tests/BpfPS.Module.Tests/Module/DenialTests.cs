using System.Globalization;
using System.Runtime.InteropServices;

namespace BpfPS.Module.Tests.Module;

/// <summary>
/// Why something was not allowed. The kernel gives EPERM and EACCES for all of it; the error tells a seccomp filter, a user namespace,
/// a bounding set, a missing capability and the modes of files apart.
/// </summary>
public sealed class DenialTests : KernelTest
{
    private const int Eperm = 1, Enosys = 38;

    private static readonly bool s_isX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int s_bpf = s_isX64 ? 321 : 280;
    private static readonly int s_perfEventOpen = s_isX64 ? 298 : 241;
    private static readonly Lazy<string> s_refuse = new(Compile);

    private readonly PinFolder _pins = new();

    public override void Dispose()
    {
        _pins.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData("Get-BpfMap", Eperm)]
    [InlineData("Get-BpfMap", Enosys)]
    [InlineData("Get-BpfMap made", Enosys)]
    [InlineData("Get-BpfLink -Id 1", Enosys)]
    [InlineData("Get-BpfProgram", Eperm)]
    [InlineData("Start-BpfProgram runqlat", Eperm)]
    [InlineData("Start-BpfProgram runqlat", Enosys)]
    [InlineData("New-BpfMap made -KeyType u32 -ValueType u32", Eperm)]
    [InlineData("Measure-BpfProgram -Duration 0.1s", Eperm)]
    public void A_filter_that_refuses_the_call_is_told_from_a_kernel_that_does(string command, int errno)
    {
        var lines = Refused(s_bpf, errno, command);

        Assert.Equal("PermissionDenied", lines[0]);
        Assert.Contains("A seccomp filter of this process refuses bpf(2)", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("lacks", lines[1], StringComparison.Ordinal);
        Assert.Contains("--cap-add BPF", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_that_ends_the_process_is_not_provoked_to_find_out_whether_there_is_one()
    {
        var killing = Shell.RunUnder([s_refuse.Value, $"{s_perfEventOpen}", "0"], Script("Get-BpfProgram -Id 4294967 -ErrorAction Stop")
            + "\n(Get-BpfFeature -Category Capability).Count").Succeeded();

        Assert.Contains("has no BPF program with id 4294967", killing.Lines[1], StringComparison.Ordinal);
        Assert.Equal("8", killing.Lines[4]);
    }

    [Fact]
    public void A_feature_that_a_filter_keeps_from_being_tried_is_not_missing() =>
        Assert.Equal("Unknown", Shell.RunUnder([s_refuse.Value, $"{s_bpf}", $"{Enosys}"],
            "\"$((Get-BpfFeature -Category MapType -Name hash).Support)\"").Succeeded().Lines[0]);

    [Theory]
    [InlineData(Eperm)]
    [InlineData(Enosys)]
    public void A_filter_of_perf_events_is_named_where_one_is_opened_and_nothing_stays(int errno)
    {
        var lines = Refused(s_perfEventOpen, errno, "Start-BpfProgram profile");

        Assert.Contains("A seccomp filter of this process refuses perf_event_open(2)", lines[1], StringComparison.Ordinal);
        Assert.Equal("0", lines[3]);
    }

    [Fact]
    public void A_filter_of_something_else_is_not_blamed()
    {
        Machine.RequireProgram("setpriv");
        var result = Shell.RunUnder(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", s_refuse.Value,
            $"{s_perfEventOpen}", $"{Eperm}"], Script("Get-BpfMap")).Succeeded();

        Assert.EndsWith("lacks CAP_SYS_ADMIN.", result.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Root_of_a_user_namespace_is_told_that_its_capabilities_do_not_count()
    {
        Machine.RequireProgram("unshare");
        var lines = Shell.RunUnder(["unshare", "--user", "--map-root-user"], $$"""
            {{Script("Start-BpfProgram runqlat")}}
            "$((Get-BpfFeature -Category Capability -Name CAP_BPF).Support)"
            "$((Get-BpfFeature -Category ProgramType -Name xdp).Reason)"
            """).Succeeded().Lines;

        Assert.Contains("This process is in a user namespace of its own", lines[1], StringComparison.Ordinal);
        Assert.Contains("CAP_BPF and CAP_PERFMON", lines[1], StringComparison.Ordinal);
        Assert.Contains("rootless containers", lines[2], StringComparison.Ordinal);
        Assert.Equal("No", lines[4]);
        Assert.Contains("user namespace of its own", lines[5], StringComparison.Ordinal);
    }

    [Fact]
    public void Root_whose_bounding_set_lacks_a_capability_is_told_that_root_does_not_help()
    {
        Machine.RequireProgram("setpriv");
        var lines = Shell.RunWithout("CAP_BPF CAP_SYS_ADMIN", Script("Start-BpfProgram runqlat")).Succeeded().Lines;

        Assert.Contains("This process (user id 0) lacks CAP_BPF.", lines[1], StringComparison.Ordinal);
        Assert.Contains("The bounding set excludes it, so that root does not have it here either.", lines[1], StringComparison.Ordinal);
        Assert.Contains("start the container or service with the missing capabilities", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void The_sysctl_that_closes_the_call_to_users_is_named_with_its_value()
    {
        var value = File.ReadAllText("/proc/sys/kernel/unprivileged_bpf_disabled").Trim();
        Machine.Require(value != "0", "kernel.unprivileged_bpf_disabled is 0");
        var lines = Shell.RunWithoutPrivilege(Script("New-BpfMap made -KeyType u32 -ValueType u32")).Succeeded().Lines;

        Assert.Contains($"kernel.unprivileged_bpf_disabled = {value}", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Who_may_not_write_where_pins_go_is_told_which_directory_keeps_them_out()
    {
        Run($"New-BpfMap kept -KeyType u32 -ValueType u32 -PinPath {_pins.Name}/open/kept -Mode 0644 | Out-Null").Succeeded();
        File.SetUnixFileMode(_pins.Path, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode($"{_pins.Path}/open", (UnixFileMode)0b111_101_101);
        var mode = File.GetUnixFileMode("/sys/fs/bpf");
        try
        {
            File.SetUnixFileMode("/sys/fs/bpf", (UnixFileMode)0b1_111_111_111);
            string Error(string command) => Shell.RunWith("CAP_BPF", Script(command)).Succeeded().Lines[1];
            var closed = $"The directory '{_pins.Path}/open' (mode 0755, of user id 0) does not let it write.";

            Assert.EndsWith(closed, Error($"New-BpfMap mine -KeyType u32 -ValueType u32 -PinPath {_pins.Path}/open/mine"),
                StringComparison.Ordinal);
            Assert.EndsWith(closed, Error($"New-BpfMap mine -KeyType u32 -ValueType u32 -PinPath {_pins.Path}/open/deep/mine"),
                StringComparison.Ordinal);
            Assert.EndsWith(closed, Error($"Remove-BpfPin {_pins.Path}/open/kept -Confirm:$false"), StringComparison.Ordinal);

            File.SetUnixFileMode($"{_pins.Path}/open", (UnixFileMode)0b1_111_111_111);
            Assert.Contains("(sticky) only its owner may remove or replace it (mode 0644, of user id 0)",
                Error($"Remove-BpfPin {_pins.Path}/open/kept -Confirm:$false"), StringComparison.Ordinal);
            Assert.Contains("lacks CAP_CHOWN",
                Error($"New-BpfMap mine -KeyType u32 -ValueType u32 -PinPath {_pins.Path}/open/mine -Owner 0"), StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode("/sys/fs/bpf", mode);
        }
        Assert.Equal(["open", "open/kept"], _pins.Entries);
    }

    [Fact]
    public void A_link_is_opened_for_reading_and_writing_so_that_a_mode_for_reading_is_the_reason()
    {
        Run($"Start-BpfProgram $types -PinPath {_pins.Name}/set -Mode 0644 | Out-Null").Succeeded();
        WithOpenRoot(() =>
        {
            var link = Shell.RunWith("CAP_BPF", Script($"Get-BpfLink -Path {_pins.Path}/set/link_types")).Succeeded().Lines;
            Assert.EndsWith("The file (mode 0644, of user id 0) does not let it read and write.", link[1], StringComparison.Ordinal);
        });
        Run($"Stop-BpfProgram -Path {_pins.Name}/set").Succeeded();
    }

    [Fact]
    public void A_directory_of_pins_that_may_not_be_opened_is_not_empty()
    {
        Run($"New-BpfMap hidden -KeyType u32 -ValueType u32 -PinPath {_pins.Name}/open/hidden | Out-Null").Succeeded();
        WithOpenRoot(() => Assert.Contains("does not let it read", Shell.RunWith("CAP_BPF",
            Script($"Get-BpfMap -Path {_pins.Path}/open")).Succeeded().Lines[1], StringComparison.Ordinal));
    }

    [Fact]
    public void A_program_file_that_may_not_be_read_is_told_as_that()
    {
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        var library = folder.Write("closed.so", "");
        File.SetUnixFileMode(library, UnixFileMode.UserRead);
        var source = folder.Write("closed.bpf.c", "int x;");
        File.SetUnixFileMode(source, UnixFileMode.UserRead);

        Assert.Contains("The file (mode 0400, of user id 0) does not let it read", Shell.RunWith("CAP_BPF CAP_PERFMON", Script(
            $"Start-BpfProgram '{Repository.TestProgram("hooks")}' -Program count_uprobe -Target {library}:main")).Succeeded().Lines[1],
            StringComparison.Ordinal);
        Assert.Contains("The file (mode 0400, of user id 0) does not let it read", Shell.RunWith("", Script(
            $"Build-BpfProgram {source}")).Succeeded().Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_namespace_of_another_users_process_is_told_as_that()
    {
        var lines = Shell.RunWith("CAP_BPF CAP_PERFMON CAP_NET_ADMIN", Script(
            $"Start-BpfProgram '{Repository.TestProgram("hooks")}' -Program count_sk_lookup -NetworkNamespace 1")).Succeeded().Lines;

        Assert.Contains("opening the network namespace '1'", lines[1], StringComparison.Ordinal);
        Assert.Contains("CAP_SYS_PTRACE", lines[2], StringComparison.Ordinal);
    }

    private void WithOpenRoot(Action action)
    {
        var mode = File.GetUnixFileMode("/sys/fs/bpf");
        try
        {
            File.SetUnixFileMode("/sys/fs/bpf", (UnixFileMode)0b1_111_111_111);
            foreach (var directory in Directory.GetDirectories(_pins.Path).Append(_pins.Path))
            {
                File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
            }
            action();
        }
        finally
        {
            File.SetUnixFileMode("/sys/fs/bpf", mode);
        }
    }

    private static string[] Refused(int call, int errno, string command) =>
        [.. Shell.RunUnder([s_refuse.Value, call.ToString(CultureInfo.InvariantCulture), errno.ToString(CultureInfo.InvariantCulture)],
            Script(command)).Succeeded().Lines];

    /// <summary>The category, the message, the remedy, and how many objects are running afterwards.</summary>
    private static string Script(string command) => $$"""
        $Error.Clear()
        try { $null = {{command}} } catch { }
        "$($Error[0].CategoryInfo.Category)"
        $Error[0].Exception.Message
        "$($Error[0].ErrorDetails.RecommendedAction)"
        @(Get-BpfObject).Count
        """;

    private static string Compile()
    {
        Machine.RequireProgram("gcc");
        var program = Path.Combine(AppContext.BaseDirectory,
            string.Create(CultureInfo.InvariantCulture, $"refuse-{Environment.ProcessId}"));
        Command.Output("gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program,
            Path.Combine(Repository.Root, "tests/BpfPS.Module.Tests/Module/refuse.c"));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(program);
        return program;
    }
}
