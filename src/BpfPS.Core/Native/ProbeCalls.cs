using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// The calls of the probes. Links are created with the system call itself, because a kernel can be newer
/// than the system's libbpf, and the probes test features that this libbpf does not know.
/// </summary>
internal static unsafe partial class ProbeCalls
{
    private const int LinkCreate = 28; // enum bpf_cmd, BPF_LINK_CREATE
    private const string Libc = "libc";

    /// <summary>The number of bpf(2); 0 on an architecture that BpfPS does not know.</summary>
    private static readonly int s_bpf = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 321,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 280,
        Architecture.S390x => 351,
        Architecture.Ppc64le => 361,
        _ => 0,
    };

    /// <summary>The number of perf_event_open(2).</summary>
    private static readonly int s_perfEventOpen = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 298,
        Architecture.S390x => 331,
        Architecture.Ppc64le => 319,
        _ => 241,
    };

    [LibraryImport(LibBpf.Library)] internal static partial int bpf_prog_attach(int program, int target, uint attachType, uint flags);
    [LibraryImport(LibBpf.Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_raw_tracepoint_open(string? name, int program);
    [LibraryImport(LibBpf.Library)] internal static partial int bpf_prog_test_run_opts(int program, nint options);
    [LibraryImport(LibBpf.Library)] internal static partial uint bpf_program__expected_attach_type(nint program);
    [LibraryImport(LibBpf.Library)] internal static partial ulong* bpf_program__insns(nint program);
    [LibraryImport(LibBpf.Library)] internal static partial nuint bpf_program__insn_cnt(nint program);
    [LibraryImport(LibBpf.Library)] internal static partial int bpf_map__set_pin_path(nint map, nint path);

    [LibraryImport(Libc, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint bpf(nint number, nint command, LinkCreateAttributes* attributes, nuint size);
    [LibraryImport(Libc, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint perf_event_open(nint number, ProbeEventAttributes* attributes, nint pid, nint cpu, nint group, nuint flags);

    /// <summary>Creates a link.</summary>
    /// <returns>The descriptor, or a negative errno.</returns>
    public static int CreateLink(LinkCreateAttributes attributes) => s_bpf == 0
        ? -(int)BpfErrno.ENOSYS
        : Result(bpf(s_bpf, LinkCreate, &attributes, (nuint)sizeof(LinkCreateAttributes)));

    /// <summary>Opens a perf event.</summary>
    /// <returns>The descriptor, or a negative errno.</returns>
    public static int OpenPerfEvent(ProbeEventAttributes attributes, int pid, int cpu)
    {
        const int CloseOnExec = 8; // PERF_FLAG_FD_CLOEXEC
        attributes.Size = (uint)sizeof(ProbeEventAttributes);
        return Result(perf_event_open(s_perfEventOpen, &attributes, pid, cpu, -1, CloseOnExec));
    }

    private static int Result(nint result) => result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
}
