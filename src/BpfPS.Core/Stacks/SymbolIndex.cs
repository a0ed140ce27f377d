using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Stacks;

/// <summary>
/// The functions of one mapped file, sorted by address. libdw reads them, but its own lookup goes through all of them each time, which
/// takes milliseconds in a big program. Unsafe, because libdw fills in pointers. The index must not outlive the module.
/// </summary>
// unsafe: the names belong to libdw, are NUL-terminated, and live as long as the module, which this index does not outlive.
internal sealed unsafe class SymbolIndex
{
    private const int NoType = 0; // STT_NOTYPE, from assembler without .type
    private const int Function = 2; // STT_FUNC
    private const int IndirectFunction = 10; // STT_GNU_IFUNC
    private const int Local = 0; // STB_LOCAL
    private const int Weak = 2; // STB_WEAK

    private readonly Entry[] _entries;

    /// <summary>Lets libdw read the symbols of a module, and of its separate debug information if there is any.</summary>
    public SymbolIndex(nint module)
    {
        var entries = new List<Entry>();
        var count = LibDw.dwfl_module_getsymtab(module);
        for (var i = 0; i < count; i++)
        {
            DwflSymbol symbol;
            ulong address;
            uint section;
            var name = LibDw.dwfl_module_getsym_info(module, i, &symbol, &address, &section, null, null);
            if (name != 0 && *(byte*)name != 0 && symbol.Section != 0 && IsCode(symbol, name))
            {
                entries.Add(new Entry(address, address + symbol.Size, section, name, (byte)(symbol.Info >> 4)));
            }
        }
        entries.Sort((left, right) => left.Start != right.Start ? left.Start.CompareTo(right.Start) : Compare(left, right));
        _entries = WithReach(entries);
    }

    /// <summary>Finds the function that covers an address.</summary>
    public bool TryFind(ulong address, out string name, out ulong start)
    {
        int low = 0, high = _entries.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].Start <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
        // A long function can contain the entry points of others, so earlier functions count as long as one of them reaches this far.
        for (var i = high; i >= 0 && _entries[i].Reach > address; i--)
        {
            if (_entries[i].End > address)
            {
                name = Marshal.PtrToStringUTF8(_entries[i].Name)!;
                start = _entries[i].Start;
                return true;
            }
        }
        (name, start) = ("", 0);
        return false;
    }

    // The mapping symbols of ARM and RISC-V ($x, $d) are not functions.
    private static bool IsCode(DwflSymbol symbol, nint name) =>
        (symbol.Info & 0xf) is Function or IndirectFunction || ((symbol.Info & 0xf) == NoType && *(byte*)name != '$');

    // Of several names for an address, choose one that other files can see and callers write ("write" rather than "__write"), and
    // always the same one.
    private static int Compare(Entry left, Entry right)
    {
        var leftName = Bytes(left.Name);
        var rightName = Bytes(right.Name);
        var order = (left.End == left.Start).CompareTo(right.End == right.Start);
        order = order != 0 ? order : (left.Binding == Local).CompareTo(right.Binding == Local);
        order = order != 0 ? order : Underscores(leftName).CompareTo(Underscores(rightName));
        order = order != 0 ? order : (left.Binding == Weak).CompareTo(right.Binding == Weak);
        order = order != 0 ? order : leftName.Length.CompareTo(rightName.Length);
        return order != 0 ? order : leftName.SequenceCompareTo(rightName);
    }

    // Names that begin with _Z are mangled, not private.
    private static int Underscores(ReadOnlySpan<byte> name) => name.StartsWith("_Z"u8) ? 0 : name.IndexOfAnyExcept((byte)'_');

    private static ReadOnlySpan<byte> Bytes(nint name) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)name);

    // Of several names for an address, the first one stays. A name without a size, from assembler, extends to the next name
    // in its section.
    private static Entry[] WithReach(List<Entry> sorted)
    {
        var kept = new List<Entry>(sorted.Count);
        foreach (var entry in sorted)
        {
            if (kept.Count > 0 && kept[^1].Start == entry.Start)
            {
                continue;
            }
            if (kept.Count > 0 && kept[^1].End == kept[^1].Start && kept[^1].Section == entry.Section)
            {
                kept[^1] = kept[^1] with { End = entry.Start };
            }
            kept.Add(entry);
        }
        var reach = 0ul;
        for (var i = 0; i < kept.Count; i++)
        {
            reach = Math.Max(reach, kept[i].End);
            kept[i] = kept[i] with { Reach = reach };
        }
        return [.. kept];
    }

    private readonly record struct Entry(ulong Start, ulong End, uint Section, nint Name, byte Binding)
    {
        /// <summary>The end of this entry and those before it.</summary>
        public ulong Reach { get; init; }
    }
}
