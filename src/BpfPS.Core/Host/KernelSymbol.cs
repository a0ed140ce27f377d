namespace BpfPS.Host;

/// <summary>A symbol that covers an address.</summary>
/// <param name="Start">Where the function starts.</param>
/// <param name="Name">Its name in /proc/kallsyms.</param>
/// <param name="Module">The kernel module it belongs to, "bpf" for BPF programs, null for the kernel itself.</param>
internal readonly record struct KernelSymbol(ulong Start, string Name, string? Module);
