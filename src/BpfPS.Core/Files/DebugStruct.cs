namespace BpfPS.Files;

/// <summary>A struct or union of an object's debug information.</summary>
/// <param name="Name">Its tag, or the name of the typedef if it has none.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="IsUnion">Whether it is a union.</param>
/// <param name="IsOfKernelHeader">Whether it is declared in vmlinux.h, the header of the kernel's types.</param>
/// <param name="Entry">The offset of its entry, or that of its typedef, in .debug_info.</param>
internal sealed record DebugStruct(string Name, uint Size, bool IsUnion, bool IsOfKernelHeader, ulong Entry);
