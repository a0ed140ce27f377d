namespace BpfPS.Maps;

/// <summary>Entries as they were read: their keys and values one after the other.</summary>
/// <param name="capacity">The number of entries that there is room for.</param>
/// <param name="keySize">The size of a key in bytes.</param>
/// <param name="valueSize">The size of a value in bytes.</param>
internal sealed class EntryBatch(int capacity, int keySize, int valueSize)
{
    public int Capacity => capacity;

    public byte[] Keys { get; } = new byte[capacity * keySize];

    public byte[] Values { get; } = new byte[capacity * valueSize];

    public int Count { get; set; }

    public void Move(int from, int to)
    {
        Keys.AsSpan(from * keySize, keySize).CopyTo(Keys.AsSpan(to * keySize));
        Values.AsSpan(from * valueSize, valueSize).CopyTo(Values.AsSpan(to * valueSize));
    }
}
