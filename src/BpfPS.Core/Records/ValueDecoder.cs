using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>Reads one value of a BTF type, for values that are read once: settings, not streams.</summary>
public static class ValueDecoder
{
    /// <summary>Decodes one value.</summary>
    /// <param name="btf">The types.</param>
    /// <param name="typeId">The number of the value's type.</param>
    /// <param name="data">Its bytes, at least as many as the type has.</param>
    /// <returns>The value as a record's member of that type would have it.</returns>
    public static unsafe object? Decode(BtfTypes btf, uint typeId, ReadOnlySpan<byte> data)
    {
        if ((uint)data.Length < btf.SizeOf(typeId))
        {
            throw new BtfFormatException($"{data.Length} bytes are too few for {btf.Describe(typeId)}");
        }
        // Decoded as both parts of a map entry, which is made for structs and plain values alike.
        var part = RecordClasses.Part(btf, typeId, "key");
        var entry = RecordClasses.ForEntry(part, part);
        fixed (byte* pointer = data)
        {
            var record = entry.Decode((nint)pointer, (nint)pointer, data.Length);
            return entry.Fields.Count == 2 ? entry.Type.GetProperty(entry.Fields[0].Name)!.GetValue(record) : record;
        }
    }
}
