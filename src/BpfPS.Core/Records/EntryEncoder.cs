namespace BpfPS.Records;

/// <summary>Writes records as the bytes they were read from, with the changes made to them.</summary>
// unsafe: key and value have the layout's sizes and are pinned while generated code writes them.
internal static unsafe class EntryEncoder
{
    // A time stamp is converted with the clock's current offset, which drifts.
    private static readonly TimeSpan s_sameTime = TimeSpan.FromMilliseconds(1);

    /// <summary>Writes a map entry's key and value.</summary>
    /// <param name="made">The entry's class.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="key">Room for the key.</param>
    /// <param name="value">Room for the value, or for the values of all CPUs in a per-CPU map.</param>
    /// <param name="context">The settings for the entry.</param>
    /// <exception cref="BpfException">A member's value does not fit.</exception>
    public static void Encode(RecordClass made, BpfRecord entry, Span<byte> key, Span<byte> value, EncodeContext context)
    {
        if (made.Encode is { } encode)
        {
            fixed (byte* first = key, second = value)
            {
                try
                {
                    encode(entry, (nint)first, (nint)second);
                }
                catch (NullReferenceException)
                {
                    throw new BpfException(BpfErrorKind.InvalidArgument, "A struct or list in the entry is $null.");
                }
            }
            return;
        }
        var original = entry.Original is { } bytes && bytes.Length == key.Length + value.Length ? bytes : null;
        original?.AsSpan(0, key.Length).CopyTo(key);
        original?.AsSpan(key.Length).CopyTo(value);
        if (original is null)
        {
            key.Clear();
            value.Clear();
        }
        var before = original is null ? null : Decode(made, original, key.Length);
        var names = made.Fields.GetEnumerator();
        foreach (var (part, destination) in made.Parts.Zip([0, 1]))
        {
            foreach (var member in part.Fields)
            {
                names.MoveNext();
                var given = ValueMembers.Get(entry, names.Current.Name);
                EncodeChange(member, given, before is null ? null
                    : ValueMembers.Get(before, names.Current.Name), before is not null, destination == 0 ? key : value, context);
            }
        }
    }

    /// <summary>Writes only a map entry's key, because some values can be read but not written.</summary>
    /// <param name="made">The entry's class.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="key">Room for the key.</param>
    /// <param name="valueSize">The size of the values of all CPUs together.</param>
    /// <param name="context">The settings for the entry.</param>
    /// <exception cref="BpfException">The value of a key member does not fit.</exception>
    public static void EncodeKey(RecordClass made, BpfRecord entry, Span<byte> key, int valueSize, EncodeContext context)
    {
        if (made.Encode is not null)
        {
            Encode(made, entry, key, new byte[valueSize], context);
            return;
        }
        var original = entry.Original is { } bytes && bytes.Length == key.Length + valueSize ? bytes : null;
        key.Clear();
        original?.AsSpan(0, key.Length).CopyTo(key);
        var before = original is null ? null : Decode(made, original, key.Length);
        for (var i = 0; i < made.Parts[0].Fields.Count; i++)
        {
            var name = made.Fields[i].Name;
            EncodeChange(made.Parts[0].Fields[i], ValueMembers.Get(entry, name), before is null ? null
                : ValueMembers.Get(before, name), before is not null, key, context);
        }
    }

    /// <summary>The bytes of a map entry's value.</summary>
    public static byte[] ValueOf(RecordClass made, BpfRecord entry)
    {
        var value = new byte[made.Parts[^1].Size];
        using var context = new EncodeContext();
        Encode(made, entry, new byte[made.Parts[0].Size], value, context);
        return value;
    }

    private static BpfRecord Decode(RecordClass made, byte[] original, int keySize)
    {
        fixed (byte* bytes = original)
        {
            return made.Decode((nint)bytes, (nint)bytes + keySize, original.Length - keySize);
        }
    }

    /// <summary>Writes a changed member. Unchanged ones are not written, because their bytes can contain more than their values.</summary>
    private static void EncodeChange(Field member, object? given, object? before, bool known, Span<byte> destination, EncodeContext context)
    {
        switch (member.Shape)
        {
            case ReferenceShape:
                // The kernel returns an id for a reference, but takes a descriptor.
                break;
            case StructShape inner when known && given is BpfRecord now && before is BpfRecord then && now.GetType() == then.GetType():
                var place = destination.Slice((int)member.Offset, (int)inner.Size);
                foreach (var field in inner.Fields)
                {
                    EncodeChange(field, ValueMembers.Get(now, field.Name), ValueMembers.Get(then, field.Name), known, place, context);
                }
                return;
            case ArrayShape array when known && given is Array now && before is Array then && now.Length == then.Length
                && now.GetType() == then.GetType():
                for (var i = 0; i < now.Length; i++)
                {
                    var element = new Field(member.Name, member.Offset + (uint)i * array.Stride, array.Element);
                    EncodeChange(element, now.GetValue(i), then.GetValue(i), known, destination, context);
                }
                return;
            default:
                if (known && (Equals(given, before) || given is DateTime time && before is DateTime earlier
                    && (time - earlier).Duration() < s_sameTime))
                {
                    return;
                }
                break;
        }
        EncodeMember(member, given, destination, context);
    }

    private static void EncodeMember(Field member, object? value, Span<byte> destination, EncodeContext context) =>
        ValueEncoder.EncodeMember(member, value, destination, context);
}
