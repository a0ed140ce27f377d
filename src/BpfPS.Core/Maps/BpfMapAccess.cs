using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Access to the single entries of an open map: look up, take, set, remove. Keys and values are given as a user types them:
/// numbers, names, addresses, tables of a struct's members, records. Not thread-safe.
/// </summary>
// unsafe: key and value have the map's sizes (per-CPU: times the CPUs) and are pinned for the call that receives their addresses.
public sealed unsafe class BpfMapAccess : IDisposable
{
    private readonly BpfMap _map;
    private readonly FileDescriptor _fd;
    private readonly MapLayout _layout;
    private readonly EncodeContext _context = new();
    private readonly byte[] _key;
    private readonly byte[] _value;

    /// <summary>Opens a map.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="BpfException">It no longer exists, has no entries, or the user lacks permission.</exception>
    public BpfMapAccess(BpfMap map)
    {
        _map = map;
        _layout = MapLayout.Of(map);
        _fd = map.OpenDescriptor();
        _key = new byte[_layout.KeySize];
        _value = new byte[_layout.ValueSize];
    }

    /// <summary>
    /// Returns the entry with a key. For a bloom filter, returns the value if the filter contains it; false positives are possible.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <returns>The entry; null if there is none.</returns>
    /// <exception cref="BpfException">The key does not fit, or the map cannot be read.</exception>
    public BpfMapEntry? Find(object key)
    {
        Require(MapOperations.Lookup);
        if (_layout.Kind.IsKeyless && !_layout.Kind.IsSet)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Entries of a {_map.Type} have no keys ('{VisibleText.Escape(_map.Name)}').",
                BpfRemedy.With($"Remove {BpfOption.Key}. Only the next entry can be read."));
        }
        ReleaseKey();
        if (_layout.Kind.IsSet)
        {
            _layout.EncodeValue(key, _value, _context);
        }
        else
        {
            _layout.EncodeKey(key, _key, _context);
        }
        fixed (byte* k = _key, v = _value)
        {
            var result = LibBpf.bpf_map_lookup_elem(_fd, _layout.Kind.IsSet ? null : k, v);
            if (result == 0 && _map.Type == "lpm_trie" && !FindPrefix())
            {
                return null;
            }
            return Entry(result, MapOperations.Lookup);
        }
    }

    /// <summary>
    /// Finds the prefix that matched the key. The kernel returns the value of the longest matching prefix, but not the prefix
    /// itself. An entry with the requested key instead would be a different entry when it is written back.
    /// </summary>
    /// <returns>False if the entry has been removed in the meantime.</returns>
    private bool FindPrefix()
    {
        var asked = _key.ToArray();
        var best = -1L;
        using var reader = new BpfMapReader(_map);
        while (best != BitConverter.ToUInt32(asked) && reader.TryRead(out var key, out var value))
        {
            var length = BitConverter.ToUInt32(key);
            if (length > best && length <= BitConverter.ToUInt32(asked)
                && IsPrefix(key[sizeof(uint)..], asked.AsSpan(sizeof(uint)), (int)length))
            {
                best = length;
                key.CopyTo(_key);
                value.CopyTo(_value);
            }
        }
        return best >= 0;
    }

    private static bool IsPrefix(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data, int length)
    {
        var (whole, rest) = (length / 8, length % 8);
        return prefix[..whole].SequenceEqual(data[..whole]) && (rest == 0 || (prefix[whole] ^ data[whole]) >> (8 - rest) == 0);
    }

    /// <summary>Reads and removes the entry with a key in one atomic step.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The entry; null if there is none.</returns>
    /// <exception cref="BpfException">The key does not fit, or entries of this type cannot be taken.</exception>
    public BpfMapEntry? Take(object key)
    {
        Require(MapOperations.Take);
        if (_layout.Kind.IsKeyless)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Entries of a {_map.Type} have no keys ('{VisibleText.Escape(_map.Name)}').",
                BpfRemedy.With($"Remove {BpfOption.Key}. Only the next entry can be taken."));
        }
        ReleaseKey();
        _layout.EncodeKey(key, _key, _context);
        return TakeOne();
    }

    /// <summary>
    /// Reads and removes entries, each in one atomic step when the caller asks for it; those of a queue or stack in its order.
    /// </summary>
    /// <returns>The entries, until there are none left.</returns>
    /// <exception cref="BpfException">Entries of this type cannot be taken.</exception>
    public IEnumerable<BpfMapEntry> TakeAll()
    {
        Require(MapOperations.Take);
        if (_layout.Kind.IsKeyless)
        {
            while (TakeOne() is { } next)
            {
                yield return next;
            }
            yield break;
        }
        // A reader's position in a hash is a bucket, so it does not start over when keys are removed.
        using var reader = new BpfMapReader(_map);
        while (NextKey(reader))
        {
            if (TakeOne() is { } taken)
            {
                yield return taken; // null: someone else removed it first
            }
        }
    }

    /// <summary>Sets an entry.</summary>
    /// <param name="key">The key; null for a map without keys.</param>
    /// <param name="value">The value; for a per-CPU map, one value for all CPUs or a list with one for each.</param>
    /// <param name="mode">Whether the entry must, may or must not exist already.</param>
    /// <param name="cpu">The only CPU whose value to set; null for all.</param>
    /// <exception cref="BpfException">The key or value does not fit, or the map rejects it.</exception>
    public void Set(object? key, object value, BpfUpdateMode mode = BpfUpdateMode.Any, int? cpu = null)
    {
        Require(MapOperations.Update);
        ReleaseKey();
        if (key is null != _layout.Kind.IsKeyless)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, key is null
                ? $"No key is specified for the entry of '{VisibleText.Escape(_map.Name)}'."
                : $"Entries of a {_map.Type} have no keys ('{VisibleText.Escape(_map.Name)}').",
                key is null ? BpfRemedy.With($"Specify the key with {BpfOption.Key}.") : BpfRemedy.With($"Remove {BpfOption.Key}."));
        }
        if (key is not null)
        {
            _layout.EncodeKey(key, _key, _context);
        }
        fixed (byte* k = _key, v = _value)
        {
            if (cpu is { } one)
            {
                // The other CPUs' values are written back as they were read. Changes that programs make in between are lost.
                if (LibBpf.bpf_map_lookup_elem(_fd, k, v) is var read && read < 0)
                {
                    Array.Clear(_value);
                    if (read != -(int)BpfErrno.ENOENT)
                    {
                        throw MapErrors.From(read, _map, _fd, MapOperations.Lookup);
                    }
                }
                _layout.EncodeCpuValue(one, value, _value, _context);
            }
            else
            {
                _layout.EncodeValue(value, _value, _context);
            }
            Check(LibBpf.bpf_map_update_elem(_fd, _layout.Kind.IsKeyless ? null : k, v, (ulong)mode), MapOperations.Update);
        }
    }

    /// <summary>Deletes the entry with a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>False if there was none.</returns>
    /// <exception cref="BpfException">The key does not fit, or entries of this type cannot be deleted.</exception>
    public bool Remove(object key)
    {
        Require(MapOperations.Delete);
        ReleaseKey();
        _layout.EncodeKey(key, _key, _context);
        return Delete();
    }

    /// <summary>Deletes the entry that has the same key as an entry object.</summary>
    /// <param name="entry">The entry object.</param>
    /// <returns>False if there was none.</returns>
    /// <exception cref="BpfException">The object has no key of this map, or entries of this type cannot be deleted.</exception>
    public bool RemoveEntry(object entry)
    {
        Require(MapOperations.Delete);
        ReleaseKey();
        _layout.EncodeKeyOf(entry, _key, _context);
        return Delete();
    }

    /// <summary>Deletes the entry with a key that is given as the map's bytes.</summary>
    /// <param name="key">The key.</param>
    /// <returns>False if there was none.</returns>
    /// <exception cref="BpfException">Entries of this type cannot be deleted.</exception>
    internal bool RemoveBytes(ReadOnlySpan<byte> key)
    {
        Require(MapOperations.Delete);
        key.CopyTo(_key);
        return Delete();
    }

    /// <summary>Closes the map.</summary>
    public void Dispose()
    {
        _context.Dispose();
        _fd.Dispose();
    }

    private void Require(MapOperations operation)
    {
        if (!_layout.Kind.Can(operation))
        {
            throw MapErrors.Unsupported(_map, operation);
        }
    }

    private void ReleaseKey() => _context.Dispose();

    private void Check(int result, MapOperations operation)
    {
        if (result < 0)
        {
            throw MapErrors.From(result, _map, _fd, operation);
        }
    }

    private BpfMapEntry? Entry(int result, MapOperations operation)
    {
        if (result == -(int)BpfErrno.ENOENT)
        {
            return null;
        }
        Check(result, operation);
        fixed (byte* k = _key, v = _value)
        {
            return _layout.Decode((nint)k, (nint)v);
        }
    }

    private bool Delete()
    {
        fixed (byte* k = _key)
        {
            var result = LibBpf.bpf_map_delete_elem(_fd, k);
            if (result == -(int)BpfErrno.ENOENT)
            {
                return false;
            }
            Check(result, MapOperations.Delete);
            return true;
        }
    }

    private BpfMapEntry? TakeOne()
    {
        fixed (byte* k = _key, v = _value)
        {
            return Entry(LibBpf.bpf_map_lookup_and_delete_elem(_fd, _layout.Kind.IsKeyless ? null : k, v), MapOperations.Take);
        }
    }

    /// <summary>Copies the bytes of the next key; false at the end.</summary>
    private bool NextKey(BpfMapReader reader)
    {
        if (!reader.TryRead(out var key, out _))
        {
            return false;
        }
        key.CopyTo(_key);
        return true;
    }
}
