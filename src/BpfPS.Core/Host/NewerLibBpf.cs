namespace BpfPS.Host;

/// <summary>
/// What the headers for programs got after libbpf 1.1, the oldest supported version. A compiler only says that it does not know the name.
/// </summary>
internal static class NewerLibBpf
{
    // The macro that a header defines when it is included.
    private static readonly Dictionary<string, string> s_guards = new()
    {
        ["bpf_helpers.h"] = "__BPF_HELPERS__", ["bpf_tracing.h"] = "__BPF_TRACING_H__", ["bpf_core_read.h"] = "__BPF_CORE_READ_H__",
        ["usdt.bpf.h"] = "__USDT_BPF_H__",
    };

    private static readonly (string Header, string Since, string[] Names)[] s_newer =
    [
        ("bpf_helpers.h", "1.2", ["bpf_for", "bpf_for_each", "bpf_repeat", "bpf_ksym_exists", "bpf_iter_num_new", "bpf_iter_num_next",
            "bpf_iter_num_destroy", "__kptr_untrusted"]),
        ("bpf_tracing.h", "1.2", ["BPF_UPROBE", "BPF_URETPROBE", "PT_REGS_PARM6", "PT_REGS_PARM7", "PT_REGS_PARM8", "PT_REGS_PARM6_CORE",
            "PT_REGS_PARM7_CORE", "PT_REGS_PARM8_CORE", "PT_REGS_PARM6_SYSCALL", "PT_REGS_PARM7_SYSCALL", "PT_REGS_PARM6_CORE_SYSCALL",
            "PT_REGS_PARM7_CORE_SYSCALL"]),
        ("bpf_helpers.h", "1.3", ["__percpu_kptr"]),
        ("bpf_helpers.h", "1.4", ["__arg_ctx", "__arg_nonnull", "__arg_nullable", "__arg_trusted", "__arg_arena", "__ulong"]),
        ("bpf_core_read.h", "1.4", ["bpf_core_cast", "bpf_rdonly_cast", "BPF_CORE_WRITE_BITFIELD"]),
        ("bpf_helpers.h", "1.5", ["__uptr"]),
        ("bpf_helpers.h", "1.6", ["__arg_untrusted", "bpf_stream_printk", "bpf_stream_vprintk", "likely", "unlikely"]),
        ("usdt.bpf.h", "1.6", ["bpf_usdt_arg_size"]),
    ];

    // Headers of the kernel's own tests, which many examples include although no package has them.
    private static readonly string[] s_ofKernelTests =
    [
        "bpf_arena_alloc.h", "bpf_arena_common.h", "bpf_arena_htab.h", "bpf_arena_list.h", "bpf_arena_spin_lock.h",
        "bpf_atomic.h", "bpf_compiler.h", "bpf_experimental.h", "bpf_kfuncs.h", "bpf_legacy.h", "bpf_misc.h", "bpf_sockopt_helpers.h",
        "bpf_tcp_helpers.h", "bpf_tracing_net.h", "test_progs.h",
    ];

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => s_newer.SelectMany(entry => entry.Names);

    /// <summary>The version of libbpf that has had a name since; null for a name that is not newer.</summary>
    public static Version? Since(string name) =>
        Array.Find(s_newer, entry => entry.Names.Contains(name)) is { Since: { } since } ? Version.Parse(since) : null;

    /// <summary>What to do about a name that the program uses and the headers do not define; null for a name that is not newer.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isDefined">Whether a macro is defined where the name is used.</param>
    public static string? RemedyFor(string name, Func<string, bool> isDefined)
    {
        if (Array.Find(s_newer, entry => entry.Names.Contains(name)) is not { Header: not null } found)
        {
            return null;
        }
        return isDefined(s_guards[found.Header])
            ? $"'{name}' is in <bpf/{found.Header}> of libbpf {found.Since} or later, and the header here is older. Install a newer "
                + "libbpf-dev package, or define it in the source."
            : $"'{name}' is in <bpf/{found.Header}> of libbpf {found.Since} or later, which the source does not include.";
    }

    /// <summary>What to do about a header that does not exist; null if it has nothing to do with libbpf.</summary>
    /// <param name="header">The header as the source names it: "bpf/usdt.bpf.h".</param>
    public static string? RemedyForHeader(string header) => s_ofKernelTests.Contains(Path.GetFileName(header))
        ? $"No version of libbpf has {Path.GetFileName(header)}: it belongs to the kernel's tests of BPF (tools/testing/selftests/bpf in "
            + "the kernel's sources). Copy it next to the source."
        : null;
}
