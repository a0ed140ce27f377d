using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>Reads a single value of a BTF type, such as a setting. Streams use record classes.</summary>
public static class ValueDecoder
{
    /// <summary>Decodes one value.</summary>
    /// <param name="btf">The types.</param>
    /// <param name="typeId">The number of the value's type.</param>
    /// <param name="data">Its bytes, at least as many as the size of the type.</param>
    /// <returns>The value that a record's member of this type would have.</returns>
    // unsafe: the span is as long as the type, and is pinned while it is read.
    public static unsafe object? Decode(BtfTypes btf, uint typeId, ReadOnlySpan<byte> data)
    {
        if ((uint)data.Length < btf.SizeOf(typeId))
        {
            throw new BtfFormatException($"{data.Length} bytes are too few for {btf.Describe(typeId)}");
        }
        // As the value of a map entry without a key, so that it is always one property.
        var shape = new ShapeBuilder(btf).Value(typeId).Shape;
        var entry = RecordClasses.ForEntry(RecordClasses.Bytes(0, "key"),
            new StructShape(btf.Describe(typeId), btf.SizeOf(typeId), [new Field("value", 0, shape)]));
        fixed (byte* pointer = data)
        {
            return entry.Type.GetProperty("value")!.GetValue(entry.Decode((nint)pointer, (nint)pointer, data.Length));
        }
    }
}
