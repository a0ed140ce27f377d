using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

namespace BpfPS.Host;

/// <summary>
/// Parses /proc/kallsyms ("address type name[TAB[module]]", one symbol per line) into a <see cref="KallsymsTable"/>.
/// </summary>
/// <remarks>
/// The parser works on bytes, because 200,000 strings would cost more than everything else together. Data symbols are not kept, but
/// one that follows a function marks the end of that function.
/// Most processes read the table only once, so the methods that run for each line are fully optimized from the start instead of after
/// many calls.
/// </remarks>
internal sealed class KallsymsParser
{
    private const int ReadSize = 256 * 1024;

    private readonly List<ulong> _addresses = new(160_000);
    private readonly List<KallsymsEntry> _entries = new(160_000);
    private readonly ArrayBufferWriter<byte> _names = new(4 * 1024 * 1024);
    private readonly List<string> _modules = [];
    private byte[] _lastModule = [];
    private bool _sawAddress;
    private ulong _coreStart = ulong.MaxValue;
    private ulong _coreEnd;

    /// <summary>Reads a whole table; <paramref name="modules"/> is /proc/modules, or null if there is none.</summary>
    public static KallsymsTable Parse(Stream kallsyms, Stream? modules = null)
    {
        var parser = new KallsymsParser();
        ReadLines(kallsyms, parser.AddSymbol);
        if (modules is not null)
        {
            ReadLines(modules, parser.AddModuleEnd);
        }
        return parser.Finish();
    }

    private delegate void LineHandler(ReadOnlySpan<byte> line);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReadLines(Stream stream, LineHandler handle)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        try
        {
            var filled = 0;
            int read;
            while ((read = stream.Read(buffer, filled, buffer.Length - filled)) > 0)
            {
                filled += read;
                var rest = buffer.AsSpan(0, filled);
                for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
                {
                    handle(rest[..end]);
                }
                // No valid line is as long as the whole buffer, so drop it rather than grow without limit.
                filled = rest.Length == buffer.Length ? 0 : rest.Length;
                rest[..filled].CopyTo(buffer);
            }
            if (filled > 0)
            {
                handle(buffer.AsSpan(0, filled));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddSymbol(ReadOnlySpan<byte> line)
    {
        if (!Utf8Parser.TryParse(line, out ulong address, out var digits, 'x') || line.Length < digits + 4
            || line[digits] != ' ' || line[digits + 2] != ' ')
        {
            return;
        }
        _sawAddress |= address != 0;
        var type = line[digits + 1];
        var name = line[(digits + 3)..];
        ushort module = 0;
        var tab = name.IndexOf((byte)'\t');
        if (tab >= 0)
        {
            module = ModuleNumber(name[(tab + 1)..].Trim((byte)' '));
            name = name[..tab];
        }
        if (IsText(type) && !IsEndMark(name))
        {
            Add(address, new KallsymsEntry(Store(name), module, Rank(type)));
        }
        else if (module != 0 || IsEndMark(name) || (_entries.Count > 0 && !_entries[^1].IsBoundary))
        {
            // The kernel's own part is sorted, so a single data symbol after a run of functions is enough to end the last one.
            Add(address, KallsymsEntry.Boundary(module));
        }
    }

    // The fields of /proc/modules are name, size, references, dependents, state and address. Addresses after the end of a module do
    // not belong to it.
    private void AddModuleEnd(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> name = default;
        ulong size = 0;
        var number = 0;
        foreach (var range in line.Split((byte)' '))
        {
            var field = line[range];
            switch (number++)
            {
                case 0:
                    name = field;
                    break;
                case 1 when !Utf8Parser.TryParse(field, out size, out _):
                    return;
                case 5 when field is [(byte)'0', (byte)'x', .. var hex] && Utf8Parser.TryParse(hex, out ulong start, out _, 'x')
                    && start != 0:
                    Add(start + size, KallsymsEntry.ModuleEnd(ModuleNumber(name)));
                    return;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(ulong address, KallsymsEntry entry)
    {
        _addresses.Add(address);
        _entries.Add(entry);
        if (entry.Module == 0)
        {
            _coreStart = Math.Min(_coreStart, address);
            _coreEnd = Math.Max(_coreEnd, address);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Store(ReadOnlySpan<byte> name)
    {
        var offset = _names.WrittenCount;
        var target = _names.GetSpan(name.Length + 1);
        name.CopyTo(target);
        target[name.Length] = 0;
        _names.Advance(name.Length + 1);
        return offset;
    }

    // Zero is the kernel itself. A module's symbols are listed together, so check the last module first.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ushort ModuleNumber(ReadOnlySpan<byte> name)
    {
        if (name is [(byte)'[', .. var inner, (byte)']'])
        {
            name = inner;
        }
        if (_modules.Count == 0 || !name.SequenceEqual(_lastModule))
        {
            var text = Encoding.UTF8.GetString(name);
            var known = _modules.IndexOf(text);
            if (known >= 0 || _modules.Count == ushort.MaxValue)
            {
                return (ushort)(known + 1);
            }
            _modules.Add(text);
            _lastModule = name.ToArray();
        }
        return (ushort)_modules.Count;
    }

    private KallsymsTable Finish()
    {
        var addresses = _addresses.ToArray();
        var entries = _entries.ToArray();
        Sort(addresses, entries);
        var count = KeepOneEach(addresses, entries);
        return new KallsymsTable(addresses.AsSpan(0, count).ToArray(), entries.AsSpan(0, count).ToArray(), _names.WrittenSpan.ToArray(),
            [.. _modules], _sawAddress, _coreStart, _coreEnd);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sort(ulong[] addresses, KallsymsEntry[] entries)
    {
        var isSorted = true;
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = entries[i] with { Order = i };
            isSorted &= i == 0 || addresses[i - 1] <= addresses[i];
        }
        // Without modules and BPF programs the table is already sorted.
        if (!isSorted)
        {
            Array.Sort(addresses, entries);
        }
    }

    // Of several names for one address, a global name wins over a local one, and then the first in the file, which is the one that
    // the kernel itself prints. Names win over boundaries, and a boundary directly after another is redundant.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int KeepOneEach(ulong[] addresses, KallsymsEntry[] entries)
    {
        var kept = 0;
        for (var i = 0; i < addresses.Length;)
        {
            var best = entries[i];
            var address = addresses[i];
            for (i++; i < addresses.Length && addresses[i] == address; i++)
            {
                if ((entries[i].Rank, entries[i].Order).CompareTo((best.Rank, best.Order)) < 0)
                {
                    best = entries[i];
                }
            }
            if (!best.IsBoundary || (kept > 0 && !entries[kept - 1].IsBoundary && EndsModuleOf(entries[kept - 1], best)))
            {
                addresses[kept] = address;
                entries[kept++] = best;
            }
        }
        return kept;
    }

    // As of Linux 6.4, the size in /proc/modules includes data that is located elsewhere, so the calculated end may be within another
    // module's functions. It only counts if it follows a function of the same module.
    private static bool EndsModuleOf(KallsymsEntry last, KallsymsEntry boundary) => !boundary.IsModuleEnd || boundary.Module == last.Module;

    private static bool IsText(byte type) => type is (byte)'T' or (byte)'t' or (byte)'W' or (byte)'w';

    private static byte Rank(byte type) => type switch { (byte)'T' => 0, (byte)'W' => 1, _ => 2 };

    private static bool IsEndMark(ReadOnlySpan<byte> name) => name.SequenceEqual("_etext"u8) || name.SequenceEqual("_einittext"u8);
}
