namespace BpfPS;

/// <summary>
/// A program in an object file. A program in the kernel is a <see cref="BpfProgram"/>.
/// </summary>
/// <param name="Name">The C function's name.</param>
/// <param name="Type">Its type as libbpf names it, such as "tracing" or "xdp".</param>
/// <param name="Section">The ELF section, which determines where it attaches.</param>
public sealed record BpfProgramSpec(string Name, string Type, string Section)
{
    /// <summary>The program's name and section.</summary>
    public override string ToString() => $"{VisibleText.Escape(Name)} ({VisibleText.Escape(Section)})";
}
