using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// Asks the kernel which types of program may call a helper. libbpf_probe_bpf_helper() of libbpf 1.1 will not do: it
/// looks for the words of older kernels in the log, and takes every no of Linux 6.18 for a yes.
/// </summary>
internal static unsafe class HelperProbe
{
    private const ulong Call = 0x85; // BPF_JMP | BPF_CALL, the helper's number in the upper half
    private const ulong Exit = 0x95; // BPF_JMP | BPF_EXIT

    // enum bpf_attach_type, for the types of which the kernel wants to know before anything else where they attach.
    private static readonly Dictionary<int, uint> s_attachTypes = new()
    {
        [9] = 2, // cgroup_sock: BPF_CGROUP_INET_SOCK_CREATE
        [18] = 10, // cgroup_sock_addr: BPF_CGROUP_INET4_CONNECT
        [21] = 39, // sk_reuseport: BPF_SK_REUSEPORT_SELECT
        [25] = 22, // cgroup_sockopt: BPF_CGROUP_SETSOCKOPT
        [30] = 36, // sk_lookup: BPF_SK_LOOKUP
        [32] = 45, // netfilter: BPF_NETFILTER
    };

    private const int SyscallType = 31;
    private const uint Sleepable = 1 << 4; // BPF_F_SLEEPABLE, without which there are no syscall programs

    /// <summary>The names of the types that may, as libbpf calls them. Those that cannot be loaded without something to attach to (tracing, lsm, ext, struct_ops) are not asked for.</summary>
    /// <param name="helper">The helper as the verifier's log has it: "bpf_xdp_adjust_head#44". Without a number there is nothing to ask.</param>
    public static IReadOnlyList<string> TypesThatHave(string helper)
    {
        var types = new List<string>();
        var mark = helper.IndexOf('#');
        if (mark < 0 || !int.TryParse(helper.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return types;
        }
        using var messages = LibBpfMessages.To(null);
        // Type 0 is none; libbpf has no name for the first that it does not know.
        for (var type = 1; LibBpf.libbpf_bpf_prog_type_str(type) is var name && name != 0; type++)
        {
            if (Has(type, number))
            {
                types.Add(ObjectFile.Text(name));
            }
        }
        return types;
    }

    /// <summary>Loads a program that does nothing but call. The arguments are wrong: a verifier that gets as far as saying so allows the call.</summary>
    private static bool Has(int type, int helper)
    {
        const int LogSize = 4096;
        var log = stackalloc byte[LogSize];
        *log = 0;
        var instructions = stackalloc ulong[] { Call | (ulong)helper << 32, Exit };
        var options = new ProgramLoadOptions
        {
            Size = (nuint)sizeof(ProgramLoadOptions),
            ExpectedAttachType = s_attachTypes.GetValueOrDefault(type),
            Flags = type == SyscallType ? Sleepable : 0,
            LogLevel = 1,
            LogSize = LogSize,
            LogBuffer = (nint)log,
        };
        var program = LibBpf.bpf_prog_load((uint)type, null, "GPL", instructions, 2, &options);
        if (program >= 0)
        {
            new FileDescriptor(program).Dispose();
            return true;
        }
        var said = Marshal.PtrToStringUTF8((nint)log) ?? "";
        // What does not get as far as the call was refused for something else, and is no answer.
        return said.Contains("(85) call ", StringComparison.Ordinal)
            && !said.Contains("program of this type cannot use helper", StringComparison.Ordinal)
            && !said.Contains("unknown func ", StringComparison.Ordinal)
            && !said.Contains("invalid func ", StringComparison.Ordinal);
    }
}
