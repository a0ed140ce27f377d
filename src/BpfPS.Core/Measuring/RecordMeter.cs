using BpfPS.Expressions;

namespace BpfPS.Measuring;

/// <summary>Reads from the records of one struct what is measured of them.</summary>
// unsafe: the key's bytes have room for all that its parts write.
internal sealed unsafe class RecordMeter
{
    private readonly KeyPart[] _parts;
    private readonly RecordObject[] _keys;
    private readonly RecordNumber[] _numbers;
    private readonly byte[] _key;

    /// <param name="by">The values that events are grouped by.</param>
    /// <param name="known">Of each of them, the values met so far.</param>
    /// <param name="measured">The values that are measured.</param>
    public RecordMeter(IReadOnlyList<RecordValue> by, IReadOnlyList<KeyValues> known, IEnumerable<RecordNumber> measured)
    {
        _parts = [.. by.Select((value, index) => KeyPart.Of(value, known[index]))];
        _keys = [.. by.Select(value => value.ToObject())];
        _numbers = [.. measured];
        _key = new byte[_parts.Sum(part => part.Room)];
        Layout = string.Join(", ", _parts.Select(part => part.Layout));
    }

    /// <summary>What kinds of bytes its keys are: groups are shared by meters with the same layout.</summary>
    public string Layout { get; }

    /// <summary>How many values are measured.</summary>
    public int Measured => _numbers.Length;

    /// <summary>The key of a record, until the next call; false if it has a value that no more are taken of.</summary>
    public bool TryKey(nint data, int length, out ReadOnlySpan<byte> key)
    {
        var size = 0;
        fixed (byte* to = _key)
        {
            foreach (var part in _parts)
            {
                var written = part.Write(data, length, to + size);
                if (written < 0)
                {
                    key = default;
                    return false;
                }
                size += written;
            }
        }
        key = _key.AsSpan(0, size);
        return true;
    }

    /// <summary>The values that a record is grouped by, as objects.</summary>
    public object?[] Keys(nint data, int length) => Array.ConvertAll(_keys, read => read(data, length));

    /// <summary>One of the values that are measured.</summary>
    public Numeric Number(int index, nint data, int length) => _numbers[index](data, length);
}
