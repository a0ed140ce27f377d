namespace BpfPS.Compilation;

/// <summary>Which package of the distribution has a header that was not found.</summary>
internal static class MissingPackage
{
    /// <summary>How the header is installed; null for one that is not known.</summary>
    public static string? RemedyFor(string header) => header.Split('/')[0] switch
    {
        "bpf" => "It is one of libbpf's headers. Install them: 'apt install libbpf-dev' on Debian and Ubuntu, 'dnf install libbpf-devel' on Fedora and RHEL.",
        "linux" or "asm" or "asm-generic" =>
            "It is one of the kernel's headers for programs. Install them ('apt install linux-libc-dev' on Debian and Ubuntu, 'dnf install kernel-headers' on Fedora and RHEL), or include vmlinux.h in its place, which BpfPS makes from the running kernel.",
        "gnu" or "sys" or "stdio.h" or "stdlib.h" or "string.h" =>
            "It is one of the C library's headers, which a BPF program cannot use. Include vmlinux.h in its place, which BpfPS makes from the running kernel.",
        _ => null,
    };
}
