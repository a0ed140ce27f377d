namespace BpfPS;

/// <summary>
/// The base of every class that is made at run time from a BTF struct. It has no public properties
/// of its own, so that what a pipeline sees are the C struct's members and nothing else.
/// </summary>
public abstract class BpfRecord
{
    /// <summary>Where the record came from: whoever reads a stack id in it asks this for the stack map. Null for nested structs.</summary>
    internal object? Origin { get; set; }

    /// <summary>
    /// The bytes that the record was read from, key before value, where its members do not say everything about them
    /// (padding, text behind a NUL, unions): what is written back is these, but for the members that were changed.
    /// Null where the members are enough.
    /// </summary>
    internal byte[]? Original { get; set; }

    /// <summary>The members as "name=value" separated by spaces, control characters escaped.</summary>
    public override string ToString() => RecordText.Line(this);
}
