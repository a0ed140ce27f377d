using System.ComponentModel;

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

/// <summary>An event that a program sent through a ring buffer.</summary>
public abstract class BpfEvent : BpfRecord
{
    /// <summary>For classes made at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfEvent() { }
}

/// <summary>An entry of a map: the members of its key and of its value, side by side.</summary>
public abstract class BpfMapEntry : BpfRecord
{
    /// <summary>For classes made at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfMapEntry() { }
}

/// <summary>A struct within a record.</summary>
public abstract class BpfStruct : BpfRecord
{
    /// <summary>For classes made at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfStruct() { }
}

/// <summary>An event whose struct is not known: its bytes as they came.</summary>
public sealed class BpfRawEvent : BpfEvent
{
    /// <summary>Wraps the bytes of one record.</summary>
    /// <param name="bytes">The record.</param>
    public BpfRawEvent(byte[] bytes) => Bytes = bytes;

    /// <summary>The record as it stood in the ring buffer.</summary>
    public byte[] Bytes { get; }
}
