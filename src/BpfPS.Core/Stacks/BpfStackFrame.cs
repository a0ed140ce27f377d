namespace BpfPS;

/// <summary>One address of a stack and what is known about it.</summary>
/// <remarks>Names come from the kernel, from files and from other processes: they are data. <see cref="ToString"/> escapes
/// control characters, the properties hold what was read.</remarks>
public sealed class BpfStackFrame
{
    /// <summary>The address as the kernel recorded it. In every frame but the first it is where the call returns to.</summary>
    public required ulong Address { get; init; }

    /// <summary>The function, with C++ and Rust names made readable; null when unknown, and then <see cref="Reason"/> says why.</summary>
    public string? Function { get; init; }

    /// <summary>How many bytes <see cref="Address"/> lies after the start of the function; null without a function.</summary>
    public ulong? Offset { get; init; }

    /// <summary>
    /// User frames: the mapped file as /proc/PID/maps has it, so seen from the process, and with " (deleted)" when it is.
    /// Kernel frames: the kernel module, "vmlinux" or "bpf". Null when the address lies in nothing that has a name.
    /// </summary>
    public string? Module { get; init; }

    /// <summary>
    /// User frames: the byte of the file that is mapped at <see cref="Address"/>, the offset that an uprobe takes. Null otherwise.
    /// </summary>
    public ulong? ModuleOffset { get; init; }

    /// <summary>
    /// User frames: the address as the file's own symbol table counts, the one that addr2line takes.
    /// Null for other frames, and when the file could not be read as ELF.
    /// </summary>
    public ulong? ModuleAddress { get; init; }

    /// <summary>The source file of the call, from the debug information; null without it.</summary>
    public string? SourceFile { get; init; }

    /// <summary>The line of the call in <see cref="SourceFile"/>, from 1; null without debug information.</summary>
    public int? SourceLine { get; init; }

    /// <summary>What kind of code this is.</summary>
    public BpfStackFrameKind Kind { get; init; }

    /// <summary>Why there is no function; null when there is one.</summary>
    public string? Reason { get; init; }

    /// <summary><c>function+0x1a [module]</c>, or the address when there is no function; control characters escaped.</summary>
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
