namespace BpfPS;

/// <summary>
/// A program as an object file describes it, before the kernel has it. What the kernel has is a <see cref="BpfProgram"/>.
/// </summary>
/// <param name="Name">The C function's name.</param>
/// <param name="Type">Its type in libbpf's words, such as "tracing" or "xdp".</param>
/// <param name="Section">The ELF section, which says where it attaches.</param>
public sealed record BpfProgramSpec(string Name, string Type, string Section)
{
    /// <summary>The program's name and section.</summary>
    public override string ToString() => $"{VisibleText.Escape(Name)} ({VisibleText.Escape(Section)})";
}
