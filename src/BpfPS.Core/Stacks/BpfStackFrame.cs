namespace BpfPS;

/// <summary>An address of a stack, and what is known about it.</summary>
/// <remarks>Names come from the kernel, from files and from other processes, so they are not trustworthy. <see cref="ToString"/> escapes
/// control characters; the properties contain the original text.</remarks>
public sealed class BpfStackFrame
{
    /// <summary>The address as the kernel recorded it. In every frame but the first, it is the address to which the call returns.</summary>
    public required ulong Address { get; init; }

    /// <summary>The function, with C++ and Rust names demangled; null if unknown, and then <see cref="Reason"/> says why.</summary>
    public string? Function { get; init; }

    /// <summary>The offset of <see cref="Address"/> from the start of the function, in bytes; null without a function.</summary>
    public ulong? Offset { get; init; }

    /// <summary>
    /// User frames: the mapped file as in /proc/PID/maps, so as the process sees it, with " (deleted)" if it has been deleted.
    /// Kernel frames: the kernel module, "vmlinux" or "bpf". Null if the address is in nothing that has a name.
    /// </summary>
    public string? Module { get; init; }

    /// <summary>
    /// User frames: the offset in the file that is mapped at <see cref="Address"/>, as for a uprobe. Null otherwise.
    /// </summary>
    public ulong? ModuleOffset { get; init; }

    /// <summary>
    /// User frames: the address in the file's own symbol table, as for addr2line.
    /// Null for other frames, and if the file could not be read as ELF.
    /// </summary>
    public ulong? ModuleAddress { get; init; }

    /// <summary>The source file of the call, from the debug information; null without it.</summary>
    public string? SourceFile { get; init; }

    /// <summary>The line of the call in <see cref="SourceFile"/>, from 1; null without debug information.</summary>
    public int? SourceLine { get; init; }

    /// <summary>What kind of code this is.</summary>
    public BpfStackFrameKind Kind { get; init; }

    /// <summary>The reason why there is no function; null if there is one.</summary>
    public string? Reason { get; init; }

    /// <summary><c>function+0x1a [module]</c>, or the address if there is no function; control characters are escaped.</summary>
    public override string ToString()
    {
        var code = Function is null
            ? $"0x{Address:x16}"
            : $"{VisibleText.Escape(Function)}+0x{Offset.GetValueOrDefault():x}";
        return Module switch
        {
            null => code,
            ['[', ..] => $"{code} {VisibleText.Escape(Module)}", // the kernel's own names, such as [vdso]
            _ => $"{code} [{VisibleText.Escape(Module)}]",
        };
    }
}
