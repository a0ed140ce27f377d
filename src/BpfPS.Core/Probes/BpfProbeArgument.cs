using BpfPS.Probes;

namespace BpfPS;

/// <summary>An argument of a probe, or what a function returns.</summary>
public sealed class BpfProbeArgument
{
    internal BpfProbeArgument(ProbeArgument argument) => Model = argument;

    /// <summary>Its name; arguments without one are called arg0, arg1 and so on.</summary>
    public string Name => Model.Name;

    /// <summary>Its type as C writes it: "const char *", "char[16]", "unsigned int".</summary>
    public string Type => Model switch
    {
        { Kind: ArgumentKind.LocatedText or ArgumentKind.LocatedBytes or ArgumentKind.LocatedNumbers
            or ArgumentKind.LocatedSocketAddress } => $"{Model.TypeText}[]",
        { Count: > 0 } => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Model.TypeText}[{Model.Count}]"),
        _ => Model.TypeText,
    };

    /// <summary>What it is: "Number", "Text", "UserText", "IPv4", "Device" and so on; "Opaque" if it cannot be read.</summary>
    public string Meaning => Model.Kind.ToString();

    /// <summary>Its size in bytes where the probe has it; of text elsewhere in the event, that of the place, 4.</summary>
    public int Size => (int)Model.Size;

    /// <summary>The names of its values or flags; empty if it has none.</summary>
    public IReadOnlyList<string> Names => Model.Names.Select(name => name.Name).ToArray();

    /// <summary>The values or flags that the names are for, in the same order.</summary>
    public IReadOnlyList<long> Values => Model.Names.Select(name => unchecked((long)name.Value)).ToArray();

    /// <summary>Whether the names are those of flags, of which several can be set.</summary>
    public bool AreFlags => Model.AreFlags;

    /// <summary>What of the kernel's own way to show it is missing; null if nothing is.</summary>
    public string? Missing => Model.Missing;

    internal ProbeArgument Model { get; }

    /// <summary>Type and name as in C: "const char *filename".</summary>
    public override string ToString() => VisibleText.Escape(Model.TypeText.EndsWith('*') ? $"{Model.TypeText}{Name}"
        : Type.IndexOf('[', StringComparison.Ordinal) is var at and > 0 ? $"{Type[..at]} {Name}{Type[at..]}" : $"{Type} {Name}");
}
