using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Compilation;

/// <summary>vmlinux.h: the running kernel's types as C, written by libbpf from the kernel's BTF.</summary>
// unsafe: the callback is a static function, and its text goes through a local buffer of the size given to the C library.
internal static unsafe class KernelHeader
{
    /// <summary>The name that programs include.</summary>
    public const string FileName = "vmlinux.h";

    private const string KernelTypes = "/sys/kernel/btf/vmlinux";
    private const int HashBytes = 8;

    // The names that programs expect, because the header that bpftool writes has them.
    private const string Beginning = """
        #ifndef __VMLINUX_H__
        #define __VMLINUX_H__
        #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
        #pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
        #endif

        """;

    private const string End = """

        #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
        #pragma clang attribute pop
        #endif
        #endif

        """;

    // The kernel's types are the same until the machine starts anew, and reading some megabytes to hash them takes a while.
    private static readonly Lazy<string> s_hash = new(() =>
    {
        var known = $"types-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Beginning + End)), 0, 4)}";
        using var directory = CacheDirectory.Open($"boot-{MachineBoot.Id}");
        if (directory.Has(known) && directory.ReadText(known) is { Length: HashBytes * 2 } hash)
        {
            return hash;
        }
        hash = Convert.ToHexStringLower(SHA256.HashData([.. File.ReadAllBytes(KernelTypes), .. Encoding.UTF8.GetBytes(Beginning)]), 0,
            HashBytes);
        directory.Write(known, Encoding.UTF8.GetBytes(hash));
        return hash;
    });

    /// <summary>Whether the running kernel has BTF.</summary>
    public static bool IsAvailable => File.Exists(KernelTypes);

    /// <summary>The directory that holds the header for this kernel; written once per kernel.</summary>
    /// <exception cref="BpfException">The kernel has no BTF.</exception>
    public static string Directory()
    {
        LibBpfLibrary.Require();
        if (!IsAvailable)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                "This kernel has no BTF (/sys/kernel/btf/vmlinux), so BpfPS cannot write vmlinux.h.",
                "Use a kernel built with CONFIG_DEBUG_INFO_BTF, or declare the types that the program needs.");
        }
        using var directory = CacheDirectory.Open($"vmlinux-{s_hash.Value}");
        if (!directory.Has(FileName))
        {
            directory.Write(FileName, Encoding.UTF8.GetBytes(Write()));
        }
        return directory.Path;
    }

    private static string Write()
    {
        var text = new StringBuilder(Beginning);
        using var btf = new BtfHandle(LibBpf.btf__parse(KernelTypes, 0));
        if (btf.IsInvalid)
        {
            throw Errors.FromErrno(Marshal.GetLastPInvokeError(), "Reading the kernel's BTF");
        }
        var context = GCHandle.Alloc(text);
        var dump = LibBpf.btf_dump__new(btf.DangerousGetHandle(), &Append, GCHandle.ToIntPtr(context), 0);
        try
        {
            Errors.ThrowIfNull(dump, "Writing the kernel's types");
            var count = LibBpf.btf__type_cnt(btf.DangerousGetHandle());
            for (uint id = 1; id < count; id++)
            {
                Errors.ThrowIfNegative(LibBpf.btf_dump__dump_type(dump, id), "Writing the kernel's types");
            }
        }
        finally
        {
            LibBpf.btf_dump__free(dump);
            context.Free();
        }
        return text.Append(End).ToString();
    }

    [UnmanagedCallersOnly]
    private static void Append(nint context, nint format, nint arguments)
    {
        const int Size = 4096;
        var buffer = stackalloc byte[Size];
        var length = Libc.vsnprintf(buffer, Size, format, arguments);
        if (GCHandle.FromIntPtr(context).Target is StringBuilder text)
        {
            text.Append(Encoding.UTF8.GetString(buffer, Math.Clamp(length, 0, Size - 1)));
        }
    }
}
