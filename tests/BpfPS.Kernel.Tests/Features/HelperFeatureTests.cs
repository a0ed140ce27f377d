using BpfPS.Features;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Native;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Features;

/// <summary>Which helpers a type of program may call.</summary>
public sealed class HelperFeatureTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("bpfps-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>
    /// libbpf's probe, and so bpftool's, takes a rejection for a no when the log says "unknown func" or "invalid func". Newer
    /// kernels say "program of this type cannot use helper", and an older libbpf takes that for a yes.
    /// </summary>
    [Fact]
    public void Helpers_agree_with_bpftool_or_the_verifier_itself_contradicts_it()
    {
        Live.Require();
        var disagreements = 0;
        var compared = 0;
        var answers = FeatureWitnessTests.Probe().GetProperty("helpers");
        foreach (var kind in ProgramKind.All)
        {
            if (!answers.TryGetProperty($"{kind.Name}_available_helpers", out var list))
            {
                continue;
            }
            var theirs = list.EnumerateArray().Select(helper => helper.GetString()!["bpf_".Length..]).ToHashSet();
            if (theirs.Count == 0)
            {
                // libbpf does not probe the helpers of these, or the type is not there.
                Assert.True(kind.Name is "tracing" or "struct_ops" or "ext" or "lsm"
                    || ProgramTypes.Probe(kind.Number).Support != BpfSupport.Yes, kind.Name);
                continue;
            }
            foreach (var (number, name) in HelperNames.All)
            {
                // bpftool leaves those out that write to the kernel's log.
                if (name is "trace_printk" or "trace_vprintk" or "probe_write_user")
                {
                    continue;
                }
                var ours = HelperProbes.Probe(kind, number);
                compared++;
                if (ours.Support == BpfSupport.Yes == theirs.Contains(name))
                {
                    continue;
                }
                disagreements++;
                var logs = kind.Loads.Select(load => LogOf(load.Calling(number))).ToArray();
                if (ours.Support == BpfSupport.Yes)
                {
                    // Allowed for one of the ways to attach, and bpftool asks about one only.
                    Assert.Contains(logs, log => !log.Contains("cannot use helper", StringComparison.Ordinal));
                    continue;
                }
                Assert.All(logs.Where(log => log.Length > 0), log =>
                    Assert.Matches("program of this type cannot use helper|helper call is not allowed in probe", log));
            }
        }
        Assert.True(compared > 5000, $"only {compared} answers were compared");
        TestContext.Current.TestOutputHelper?.WriteLine($"{compared} compared, {disagreements} contradicted by the verifier");
    }

    private static string LogOf(LoadRequest request)
    {
        var result = ProgramProbe.Load(request, out var log);
        if (result >= 0)
        {
            new FileDescriptor(result).Dispose();
        }
        return log;
    }

    /// <summary>clang and bpftool's loader, without a line of ours.</summary>
    [Theory]
    [InlineData("xdp", "xdp", "get_smp_processor_id", "(void)")]
    [InlineData("xdp", "xdp", "get_current_task", "(void)")]
    [InlineData("socket", "socket_filter", "get_current_comm", "(char *, __u32)")]
    [InlineData("kprobe/bpf_fentry_test1", "kprobe", "get_current_comm", "(char *, __u32)")]
    [InlineData("tc", "sched_cls", "redirect", "(__u32, __u64)")]
    [InlineData("xdp", "xdp", "redirect", "(__u32, __u64)")]
    [InlineData("raw_tp/sys_enter", "raw_tracepoint", "redirect", "(__u32, __u64)")]
    [InlineData("tp_btf/sys_enter", "tracing", "get_current_comm", "(char *, __u32)")]
    [InlineData("tp_btf/sys_enter", "tracing", "redirect", "(__u32, __u64)")]
    [InlineData("syscall", "syscall", "sys_bpf", "(int, void *, __u32)")]
    [InlineData("xdp", "xdp", "sys_bpf", "(int, void *, __u32)")]
    public void A_compiled_program_that_calls_the_helper_loads_when_the_row_says_yes_and_only_then(string section, string type,
        string helper, string parameters)
    {
        Live.Require();
        var clang = Machine.FindClang();
        Machine.Require(clang is not null, "no clang is on the PATH");
        using var pins = new PinDirectory().Make();
        var number = HelperNames.All.First(known => known.Name == helper).Number;
        var call = parameters switch { "(void)" => "helper()", "(char *, __u32)" => "helper(text, 16)", "(__u32, __u64)" =>
            "helper(1, 0)", _ => "helper(0, text, 8)" };
        var source = Path.Combine(_directory, "helper.bpf.c");
        File.WriteAllText(source, $$"""
            #include "kernel.h"
            #include <bpf/bpf_helpers.h>
            char LICENSE[] SEC("license") = "GPL";
            static long (*helper){{parameters}} = (void *){{number}};
            SEC("{{section}}") int probe(void *context)
            {
                char text[16] = {};
                long result = {{call}};
                __asm__ volatile("" :: "r"(result), "r"(text));
                return 0;
            }
            """);
        Command.Output(clang!, "-g", "-O2", "-target", "bpf", "-I", Path.Combine(Repository.Root, "bpf/include"), "-Wno-unused-variable",
            "-c", source, "-o", $"{_directory}/helper.bpf.o");

        var (exitCode, output, error) = Command.Run("bpftool", "prog", "load", $"{_directory}/helper.bpf.o", pins["probe"]);

        Assert.True(exitCode == 0 == (BpfFeatures.GetHelper(type, helper).Support == BpfSupport.Yes),
            $"{BpfFeatures.GetHelper(type, helper)}; bpftool: {output}{error}");
    }

    [Fact]
    public void The_program_that_asks_in_the_kernel_finds_the_helpers_that_the_kernels_enum_has()
    {
        Live.Require();
        using var tools = new ToolDirectory();
        // The witness is bpftool's view of the kernel's BTF.
        var numbers = Bpftool.Json("btf", "dump", "file", "/sys/kernel/btf/vmlinux").GetProperty("types").EnumerateArray()
            .First(type => type.GetProperty("name").GetString() == "bpf_func_id").GetProperty("values").EnumerateArray()
            .ToDictionary(value => value.GetProperty("val").GetUInt32(), value => value.GetProperty("name").GetString()!);
        Assert.NotEmpty(numbers);
        Assert.All(HelperNames.All, helper => Assert.Equal(numbers[helper.Number].ToLowerInvariant(), $"bpf_func_{helper.Name}"));
        Assert.All(HelperNames.All, helper => Assert.Equal(BpfSupport.Yes, KnownHelpers.Probe(helper.Number).Support));
        Assert.Equal(BpfSupport.No, KnownHelpers.Probe(250).Support);
        Assert.DoesNotContain("feature", BpfTool.Names);
    }

    [Fact]
    public void Helpers_that_depend_on_the_way_to_attach_say_which_way_allows_them()
    {
        Live.Require();
        var path = BpfFeatures.GetHelper("tracing", "bpf_d_path");

        Assert.Equal(BpfSupport.Yes, path.Support);
        Assert.Matches("^(only in programs for .*trace_iter|not in programs for trace_raw_tp)", path.Reason);
        var bind = BpfFeatures.GetHelper("cgroup_sock_addr", "bind");
        Assert.Equal("only in programs for cgroup_inet4_connect, cgroup_inet6_connect", bind.Reason);
        Assert.Equal(BpfSupport.No, BpfFeatures.GetHelper("socket_filter", "d_path").Support);
    }
}
