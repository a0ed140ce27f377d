using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace BpfPS.Measuring;

/// <summary>
/// Numbers groups by the bytes of their keys: a hash table with open addressing, whose keys lie in one array, so that looking one up
/// makes no object. Its size is limited.
/// </summary>
/// <param name="limit">The most groups that it takes.</param>
internal sealed class GroupTable(int limit)
{
    // Names come from processes that nobody trusts: without a secret they could be chosen to collide.
    private static readonly ulong s_secret = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;
    private const ulong Odd = 0x9e3779b97f4a7c15;

    private int[] _slots = new int[64]; // the number of a group and 1; 0 where there is none
    private ulong[] _hashes = new ulong[32];
    private int[] _ends = new int[32];
    private byte[] _keys = new byte[1024];

    /// <summary>How many groups there are.</summary>
    public int Count { get; private set; }

    /// <summary>Whether another group would be one too many.</summary>
    public bool IsFull => Count >= limit;

    /// <summary>Finds a group by its key, or makes it.</summary>
    /// <param name="key">The key's bytes.</param>
    /// <param name="isNew">Whether the group was made.</param>
    /// <returns>Its number, counted from 0 in the order in which they were made; -1 if there is none and no room for it.</returns>
    public int Find(ReadOnlySpan<byte> key, out bool isNew)
    {
        isNew = false;
        var hash = Hash(key);
        var mask = _slots.Length - 1;
        var at = (int)hash & mask;
        for (; _slots[at] != 0; at = (at + 1) & mask)
        {
            var group = _slots[at] - 1;
            if (_hashes[group] == hash && Key(group).SequenceEqual(key))
            {
                return group;
            }
        }
        if (IsFull)
        {
            return -1;
        }
        isNew = true;
        _slots[at] = Count + 1;
        Add(hash, key);
        return Count - 1;
    }

    /// <summary>Forgets all groups.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        Count = 0;
    }

    private ReadOnlySpan<byte> Key(int group)
    {
        var start = group == 0 ? 0 : _ends[group - 1];
        return _keys.AsSpan(start, _ends[group] - start);
    }

    private void Add(ulong hash, ReadOnlySpan<byte> key)
    {
        var start = Count == 0 ? 0 : _ends[Count - 1];
        if (start + key.Length > _keys.Length)
        {
            Array.Resize(ref _keys, Math.Max(2 * _keys.Length, start + key.Length));
        }
        if (Count == _hashes.Length)
        {
            Array.Resize(ref _hashes, 2 * Count);
            Array.Resize(ref _ends, 2 * Count);
        }
        key.CopyTo(_keys.AsSpan(start));
        _ends[Count] = start + key.Length;
        _hashes[Count++] = hash;
        if (2 * Count > _slots.Length)
        {
            Grow();
        }
    }

    private void Grow()
    {
        _slots = new int[2 * _slots.Length];
        var mask = _slots.Length - 1;
        for (var group = 0; group < Count; group++)
        {
            var at = (int)_hashes[group] & mask;
            while (_slots[at] != 0)
            {
                at = (at + 1) & mask;
            }
            _slots[at] = group + 1;
        }
    }

    private static ulong Hash(ReadOnlySpan<byte> key)
    {
        var hash = s_secret ^ (uint)key.Length;
        var words = MemoryMarshal.Cast<byte, ulong>(key);
        foreach (var word in words)
        {
            hash = Mix(hash ^ word);
        }
        var last = 0UL;
        foreach (var one in key[(words.Length * sizeof(ulong))..])
        {
            last = last << 8 | one;
        }
        return Mix(hash ^ last);
    }

    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, Odd, out var low);
        return BitOperations.RotateLeft(high ^ low ^ s_secret, 23);
    }
}
