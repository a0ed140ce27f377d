namespace BpfPS;

/// <summary>
/// The base of every class that is made at run time from a BTF struct. It has no public properties
/// of its own, so that what a pipeline sees are the C struct's members and nothing else.
/// </summary>
public abstract class BpfRecord
{
    /// <summary>Where the record came from: whoever reads a stack id in it asks this for the stack map. Null for nested structs.</summary>
    internal object? Origin { get; set; }

    /// <summary>The members as "name=value" separated by spaces, control characters escaped.</summary>
    public override string ToString() => RecordText.Line(this);
}
