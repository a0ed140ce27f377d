using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>
/// Checks whether the kernel can attach a program, without attaching it or without doing harm. Either the target is invalid,
/// and the kernel's complaint about the target shows that it accepted everything else; or only BPF_PROG_TEST_RUN ever
/// reaches the target, and the attachment is closed at once.
/// </summary>
// unsafe: attributes, ids and names are locals, or pinned for the single call that takes their addresses.
internal static unsafe class AttachChecks
{
    private const string QuietFunction = "bpf_fentry_test1";
    private const string QuietTracepoint = "bpf_test_finish";
    private const int Nothing = -1;
    private const uint PerfEventLink = 41; // BPF_PERF_EVENT
    private const uint OffloadMode = 1 << 3; // XDP_FLAGS_HW_MODE

    private static readonly Capability[] s_tracing = [Capability.Bpf, Capability.PerfMon];
    private static readonly Capability[] s_network = [Capability.Bpf, Capability.NetAdmin];

    /// <summary>If the kernel loads such a program it can attach it too: to a socket, or with a command that needs nothing else.</summary>
    public static ProbeResult ByLoad(FileDescriptor program, uint type) => ProbeResult.Yes;

    /// <summary>The attach type is newer than the program type and has no option of its own, so the kernel's list answers.</summary>
    public static ProbeResult ByName(FileDescriptor program, uint type) => AttachTypeProbes.IsListed(type) == true
        ? ProbeResult.Yes
        : ProbeResult.Unknown("this kernel has no BTF that lists its attach types");

    /// <summary>BPF_PROG_ATTACH to a cgroup, map, device or interface that does not exist.</summary>
    public static ProbeResult ByNoTarget(FileDescriptor program, uint type) =>
        Complaint(ProbeCalls.bpf_prog_attach(program.Number, Nothing, type, 0), s_network, BpfErrno.EBADF, BpfErrno.ENODEV);

    /// <summary>BPF_LINK_CREATE to a network namespace or protocol family that does not exist.</summary>
    public static ProbeResult ByLinkToNothing(FileDescriptor program, uint type) =>
        Complaint(ProbeCalls.CreateLink(new LinkCreateAttributes { Program = program.Number, Target = Nothing, AttachType = type }),
            s_network, BpfErrno.EBADF, BpfErrno.EAFNOSUPPORT);

    /// <summary>A link that needs no target: an iterator, which runs only when it is read.</summary>
    public static ProbeResult ByLink(FileDescriptor program, uint type) =>
        Closed(ProbeCalls.CreateLink(new LinkCreateAttributes { Program = program.Number, AttachType = type }), s_tracing);

    /// <summary>BPF_RAW_TRACEPOINT_OPEN of a program that was loaded for its target.</summary>
    public static ProbeResult ByTracing(FileDescriptor program, uint type) =>
        Closed(ProbeCalls.bpf_raw_tracepoint_open(null, program.Number), s_tracing);

    /// <summary>The same for an LSM hook, which is never called unless 'bpf' was enabled at boot.</summary>
    public static ProbeResult BySecurityHook(FileDescriptor program, uint type)
    {
        var result = ByTracing(program, type);
        return result.Support == BpfSupport.Yes && SecurityModules.Active is { } active && !active.Contains("bpf")
            ? ProbeResult.No($"programs attach, but never run: 'bpf' is not an active security module ({string.Join(",", active)});"
                + " add it to the lsm= boot parameter")
            : result;
    }

    /// <summary>A raw tracepoint that only BPF_PROG_TEST_RUN reaches.</summary>
    public static ProbeResult ByRawTracepoint(FileDescriptor program, uint type) =>
        Closed(ProbeCalls.bpf_raw_tracepoint_open(QuietTracepoint, program.Number), s_tracing);

    /// <summary>The loopback interface does not support offloaded programs, and a kernel with XDP links says so.</summary>
    public static ProbeResult ByOffloadToLoopback(FileDescriptor program, uint type)
    {
        var loopback = Libc.if_nametoindex("lo");
        return loopback == 0
            ? ByLoad(program, type)
            : Complaint(ProbeCalls.CreateLink(new LinkCreateAttributes { Program = program.Number, Target = (int)loopback,
                AttachType = type, Flags = OffloadMode }), s_network, BpfErrno.EOPNOTSUPP);
    }

    /// <summary>A program in an entry of a map of network devices or CPUs.</summary>
    public static ProbeResult ByMapEntry(FileDescriptor program, uint type)
    {
        const uint DeviceMap = 14, CpuMap = 16, OfDevices = 33;
        var isDevice = type == OfDevices;
        var options = new BpfMapCreateOptions { Size = (nuint)sizeof(BpfMapCreateOptions) };
        var result = LibBpf.bpf_map_create(isDevice ? DeviceMap : CpuMap, "bpfps_probe", 4, 8, 1, &options);
        if (result < 0)
        {
            return Closed(result, s_network);
        }
        using var map = new FileDescriptor(result);
        var key = 0u;
        // struct bpf_devmap_val { ifindex; program; }, struct bpf_cpumap_val { queue size; program; }
        var value = stackalloc int[] { isDevice ? (int)Math.Max(1, Libc.if_nametoindex("lo")) : 1, program.Number };
        result = LibBpf.bpf_map_update_elem(map, &key, value, 0);
        return result >= 0 ? ProbeResult.Yes : Closed(result, s_network);
    }

    /// <summary>A perf event for the CPU clock that never starts.</summary>
    public static ProbeResult BySoftwareEvent(FileDescriptor program, uint type)
    {
        const uint Software = 1, Disabled = 1;
        return ByEvent(program, new ProbeEventAttributes { Type = Software, SamplePeriod = 1_000_000_000, Flags = Disabled }, pid: 0,
            cpu: -1);
    }

    public static ProbeResult ByTracepoint(FileDescriptor program, uint type)
    {
        const uint Tracepoint = 2;
        foreach (var root in (string[])["/sys/kernel/tracing", "/sys/kernel/debug/tracing"])
        {
            try
            {
                var id = ulong.Parse(File.ReadAllText($"{root}/events/bpf_test_run/{QuietTracepoint}/id").AsSpan().Trim(),
                    CultureInfo.InvariantCulture);
                return ByEvent(program, new ProbeEventAttributes { Type = Tracepoint, Config = id, SamplePeriod = 1 }, pid: -1, cpu: 0);
            }
            catch (UnauthorizedAccessException)
            {
                return ProbeResult.Unknown($"this user has no permission to read the tracepoint ids in {root}");
            }
            catch (IOException)
            {
                continue; // mounted elsewhere, or nowhere
            }
        }
        return ProbeResult.Unknown(BpfFileSystem.IsTraceMounted
            ? $"this kernel does not have the tracepoint {QuietTracepoint}, which the test needs"
            : "tracefs, which has the tracepoint ids, is not mounted; starting a program mounts it");
    }

    public static ProbeResult ByFunction(FileDescriptor program, uint type) => ByProbe(program, "kprobe", QuietFunction, isReturn: false);

    public static ProbeResult ByFunctionReturn(FileDescriptor program, uint type) =>
        ByProbe(program, "kprobe", QuietFunction, isReturn: true);

    /// <summary>The first byte of this process's own file, which never runs as an instruction.</summary>
    public static ProbeResult ByFile(FileDescriptor program, uint type) => ByProbe(program, "uprobe", "/proc/self/exe", isReturn: false);

    public static ProbeResult ByFileReturn(FileDescriptor program, uint type) =>
        ByProbe(program, "uprobe", "/proc/self/exe", isReturn: true);

    public static ProbeResult ByFunctionList(FileDescriptor program, uint type)
    {
        using var name = new NativeText(QuietFunction);
        var names = name.Address;
        var result = Closed(ProbeCalls.CreateLink(new LinkCreateAttributes { Program = program.Number, AttachType = type, FunctionCount = 1,
            FunctionNames = (nint)(&names) }), s_tracing);
        // Programs are attached by a pattern, for which libbpf has to read the names. A start mounts tracefs where it is missing.
        return result.Support == BpfSupport.Yes && FunctionList.Refused() is { } refused && BpfFileSystem.IsTraceMounted
            ? ProbeResult.No($"this kernel supports it, but refuses the file that libbpf needs to find the functions: "
                + $"{refused.File}, {ErrnoText.Describe(refused.Errno)}") : result;
    }

    /// <summary>A list of functions by their BTF numbers, with a single function that only BPF_PROG_TEST_RUN calls.</summary>
    public static ProbeResult ByFunctionTypeList(FileDescriptor program, uint type)
    {
        if (KernelTypes.Function(QuietFunction) is not { } function)
        {
            return ProbeResult.Unknown($"this kernel's BTF does not have {QuietFunction}, which the test needs");
        }
        var id = function.Id;
        return Closed(ProbeCalls.CreateLink(new LinkCreateAttributes { Program = program.Number, AttachType = type,
            FunctionTypes = (nint)(&id), FunctionTypeCount = 1 }), s_tracing);
    }

    /// <summary>A directory has no instructions, and a kernel with uprobe_multi links says so.</summary>
    public static ProbeResult ByFileThatIsNone(FileDescriptor program, uint type)
    {
        using var path = new NativeText("/");
        var offset = 0ul;
        return Complaint(ProbeCalls.CreateLink(new LinkCreateAttributes { Program = program.Number, AttachType = type,
            BinaryPath = path.Address, BinaryOffsets = (nint)(&offset), BinaryCount = 1 }),
            s_tracing, BpfErrno.EBADF);
    }

    private static ProbeResult ByProbe(FileDescriptor program, string unit, string place, bool isReturn)
    {
        var folder = $"/sys/bus/event_source/devices/{unit}";
        if (!Directory.Exists("/sys/bus/event_source/devices"))
        {
            return ProbeResult.Unknown("sysfs, which has the numbers of the kernel's perf units, is not mounted");
        }
        if (!File.Exists($"{folder}/type"))
        {
            return ProbeResult.No($"this kernel has no perf unit '{unit}'");
        }
        var number = uint.Parse(File.ReadAllText($"{folder}/type").AsSpan().Trim(), CultureInfo.InvariantCulture);
        // "config:0": the bit that selects the return
        var bit = File.ReadAllText($"{folder}/format/retprobe").Trim().Split(':') is [_, var text]
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : 0;
        using var name = new NativeText(place);
        return ByEvent(program, new ProbeEventAttributes { Type = number, Config = isReturn ? 1ul << bit : 0, Place = name.Address },
            pid: unit == "uprobe" ? 0 : -1, cpu: unit == "uprobe" ? -1 : 0);
    }

    private static ProbeResult ByEvent(FileDescriptor program, ProbeEventAttributes attributes, int pid, int cpu)
    {
        var result = ProbeCalls.OpenPerfEvent(attributes, pid, cpu);
        if (result < 0)
        {
            return Closed(result, s_tracing);
        }
        using var perfEvent = new FileDescriptor(result);
        return Closed(ProbeCalls.CreateLink(new LinkCreateAttributes { Program = program.Number, Target = perfEvent.Number,
            AttachType = PerfEventLink }), s_tracing);
    }

    /// <summary>The result of a real attachment, which is closed at once.</summary>
    private static ProbeResult Closed(int result, Capability[] needed)
    {
        if (result >= 0)
        {
            new FileDescriptor(result).Dispose();
            return ProbeResult.Yes;
        }
        return (BpfErrno)(-result) switch
        {
            BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP or BpfErrno.ENOSYS =>
                ProbeResult.No($"this kernel loads such a program but does not attach it: {ErrnoText.Describe(-result)}"),
            _ => ProbeResult.Refused(-result, needed, "attaching it"),
        };
    }

    /// <summary>The result of an attachment to an invalid target.</summary>
    private static ProbeResult Complaint(int result, Capability[] needed, params ReadOnlySpan<BpfErrno> reached)
    {
        if (reached.Contains((BpfErrno)(-result)))
        {
            return ProbeResult.Yes;
        }
        return (BpfErrno)(-result) is BpfErrno.EINVAL
            ? ProbeResult.No("this kernel loads such a program but does not support this attachment")
            : Closed(result, needed);
    }
}
