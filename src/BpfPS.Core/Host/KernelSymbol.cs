namespace BpfPS.Host;

/// <summary>The symbol that covers an address.</summary>
/// <param name="Start">The start address of the function.</param>
/// <param name="Name">Its name in /proc/kallsyms.</param>
/// <param name="Module">The kernel module that it belongs to; "bpf" for BPF programs, null for the kernel itself.</param>
internal readonly record struct KernelSymbol(ulong Start, string Name, string? Module);
