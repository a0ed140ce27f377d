using BpfPS.Host;

namespace BpfPS.Compilation;

/// <summary>Knows the distribution's package for a missing header.</summary>
internal static class MissingPackage
{
    /// <summary>How to install the header; null if the header is unknown.</summary>
    public static string? RemedyFor(string header) => NewerLibBpf.RemedyForHeader(header) ?? header.Split('/')[0] switch
    {
        "bpf" => "The header belongs to libbpf. Install it: 'apt install libbpf-dev' on Debian and Ubuntu,"
            + " 'dnf install libbpf-devel' on Fedora and RHEL.",
        "linux" or "asm" or "asm-generic" =>
            "The header belongs to the kernel. Install it ('apt install linux-libc-dev' on Debian and Ubuntu,"
            + " 'dnf install kernel-headers' on Fedora and RHEL), or include vmlinux.h instead, which BpfPS writes for the running kernel.",
        "gnu" or "sys" or "stdio.h" or "stdlib.h" or "string.h" =>
            "The header belongs to the C library, which a BPF program cannot use. Include vmlinux.h instead, which BpfPS writes for"
            + " the running kernel.",
        _ => null,
    };
}
