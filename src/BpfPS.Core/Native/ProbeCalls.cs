using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// What probing asks of libbpf and of the kernel. Links are asked for by the system call itself: a kernel can be newer
/// than the system's libbpf, and what that one cannot say is just what is to be found out.
/// </summary>
internal static unsafe partial class ProbeCalls
{
    private const int LinkCreate = 28; // enum bpf_cmd, BPF_LINK_CREATE
    private const string Libc = "libc";

    /// <summary>bpf(2)'s number; 0 where this architecture's is not known here.</summary>
    private static readonly int s_bpf = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 321,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 280,
        Architecture.S390x => 351,
        Architecture.Ppc64le => 361,
        _ => 0,
    };

    /// <summary>perf_event_open(2)'s number.</summary>
    private static readonly int s_perfEventOpen = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 298,
        Architecture.S390x => 331,
        Architecture.Ppc64le => 319,
        _ => 241,
    };

    [LibraryImport(LibBpf.Library)] internal static partial int bpf_prog_attach(int program, int target, uint attachType, uint flags);
    [LibraryImport(LibBpf.Library,
        StringMarshalling = StringMarshalling.Utf8)] internal static partial int bpf_raw_tracepoint_open(string? name, int program);
    [LibraryImport(LibBpf.Library)] internal static partial int bpf_prog_test_run_opts(int program, nint options);
    [LibraryImport(LibBpf.Library)] internal static partial uint bpf_program__expected_attach_type(nint program);
    [LibraryImport(LibBpf.Library)] internal static partial ulong* bpf_program__insns(nint program);
    [LibraryImport(LibBpf.Library)] internal static partial nuint bpf_program__insn_cnt(nint program);
    [LibraryImport(LibBpf.Library)] internal static partial int bpf_map__set_pin_path(nint map, nint path);
    [LibraryImport(LibBpf.Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint btf__parse(string path, out nint extensions);
    [LibraryImport(LibBpf.Library)] internal static partial nint btf_ext__get_raw_data(nint extensions, out uint size);
    [LibraryImport(LibBpf.Library)] internal static partial void btf_ext__free(nint extensions);

    [LibraryImport(Libc, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint bpf(nint number, nint command, LinkCreateAttributes* attributes, nuint size);
    [LibraryImport(Libc, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint perf_event_open(nint number, ProbeEventAttributes* attributes, nint pid, nint cpu, nint group, nuint flags);

    /// <summary>Asks the kernel for a link.</summary>
    /// <returns>Its descriptor, or a negative errno.</returns>
    public static int CreateLink(LinkCreateAttributes attributes) => s_bpf == 0 ? -(int)BpfErrno.ENOSYS
        : Result(bpf(s_bpf, LinkCreate, &attributes, (nuint)sizeof(LinkCreateAttributes)));

    /// <summary>Opens a perf event.</summary>
    /// <returns>Its descriptor, or a negative errno.</returns>
    public static int OpenPerfEvent(ProbeEventAttributes attributes, int pid, int cpu)
    {
        const int CloseOnExec = 8; // PERF_FLAG_FD_CLOEXEC
        attributes.Size = (uint)sizeof(ProbeEventAttributes);
        return Result(perf_event_open(s_perfEventOpen, &attributes, pid, cpu, -1, CloseOnExec));
    }

    private static int Result(nint result) => result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
}
