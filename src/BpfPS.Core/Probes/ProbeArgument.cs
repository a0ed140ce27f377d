namespace BpfPS.Probes;

/// <summary>One argument of a probe: where it is, how long it is, and what it means.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeText">Its type as C writes it; of an array, that of the elements.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">
/// Where it begins. Of tracepoints and system calls: bytes from the start of the program's context. Of functions, BTF tracepoints and
/// iterators: the number of the eight bytes, from 0, of which a struct by value can take two. Of USDT probes: the number of the argument.
/// </param>
/// <param name="Size">
/// How many bytes of it count there. An int of a system call has a place of eight bytes, of which the lower four count. The place of
/// what is elsewhere in the event has four.
/// </param>
internal sealed record ProbeArgument(string Name, string TypeText, ArgumentKind Kind, uint Offset, uint Size)
{
    /// <summary>Whether a number is signed: that it fills up with its sign when it becomes wider.</summary>
    public bool IsSigned { get; init; }

    /// <summary>How many elements an array in place has; 0 for everything else.</summary>
    public uint Count { get; init; }

    /// <summary>The bytes of one element of an array, wherever it is, or of the number behind an address; 0 for everything else.</summary>
    public uint ElementSize { get; init; }

    /// <summary>
    /// The names of its values, in the kernel's order, of which the first that fits counts. A negative value is sign-extended to 64
    /// bits. Empty if it has none.
    /// </summary>
    public IReadOnlyList<(string Name, ulong Value)> Names { get; init; } = [];

    /// <summary>Whether the names are those of bits that can be set together. A name for 0 means that none is set.</summary>
    public bool AreFlags { get; init; }

    /// <summary>The struct's name in BTF, without "struct"; null if it has none, or none is known.</summary>
    public string? StructName { get; init; }

    /// <summary>
    /// The argument that has the length in bytes of what this one points to; null if none does. It is a number, or the address of one
    /// (<see cref="ArgumentKind.UserNumber"/>). If <see cref="IsFilled"/>, it is the room, and the result of the call says how many bytes
    /// there are, unless it is the address of a number.
    /// </summary>
    public string? LengthArgument { get; init; }

    /// <summary>Whether the system call fills what this points to: it can be read when the call returns, and not before.</summary>
    public bool IsFilled { get; init; }

    /// <summary>
    /// What of the kernel's own way to show it is missing here; null if nothing is. It is then a plain number, without the names that
    /// the kernel gives some of its bits or values.
    /// </summary>
    public string? Missing { get; init; }
}
