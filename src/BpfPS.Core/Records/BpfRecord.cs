namespace BpfPS;

/// <summary>
/// The base of every class that is created at run time from a BTF struct. It has no public properties
/// of its own, so that a pipeline only sees the members of the C struct.
/// </summary>
public abstract class BpfRecord
{
    /// <summary>The origin of the record, which knows the stack map for the stack ids in it. Null for nested structs.</summary>
    internal object? Origin { get; set; }

    /// <summary>
    /// The bytes that the record was read from, key before value, if its members do not represent all of them
    /// (padding, text after a NUL, unions). Writing the record back keeps these bytes, except for changed members.
    /// Null if the members are enough.
    /// </summary>
    internal byte[]? Original { get; set; }

    /// <summary>The members as "name=value", separated by spaces and with control characters escaped.</summary>
    public override string ToString() => RecordText.Line(this);
}
