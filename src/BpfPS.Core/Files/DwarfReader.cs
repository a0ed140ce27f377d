using System.Text;
using BpfPS.Native;

namespace BpfPS.Files;

/// <summary>
/// Goes through the entries of debug information with libdw. Whatever the bytes are, it ends: entries and time are counted. The
/// caller holds <see cref="LibDw.Gate"/>.
/// </summary>
// unsafe: entries and attributes are copies on the stack, and what they point to belongs to the handle, which outlives them.
internal sealed unsafe class DwarfReader : IDisposable
{
    private const int MaximumEntries = 4_000_000;
    private const int UnitsOfObject = 64; // a BPF program has one for each source, and few sources
    private const int MaximumName = 512;
    private const long MaximumMilliseconds = 10_000;

    private readonly DwarfHandle _handle;
    private readonly int _maximumUnits;
    private readonly long _end = Environment.TickCount64 + MaximumMilliseconds;
    private int _entries;

    /// <summary>Opens an image.</summary>
    /// <param name="image">An ELF file, from <see cref="DebugSections"/>.</param>
    /// <param name="maximumUnits">The most compile units that are read.</param>
    /// <exception cref="InvalidDataException">It has no debug information that libdw can read.</exception>
    public DwarfReader(byte[] image, int maximumUnits = UnitsOfObject)
    {
        _maximumUnits = maximumUnits;
        _handle = new DwarfHandle(image);
        if (_handle.Dwarf == 0)
        {
            _handle.Dispose();
            throw Damaged();
        }
    }

    /// <summary>The entry of each compile unit.</summary>
    public IEnumerable<DwflDie> Units()
    {
        var units = 0;
        for (ulong offset = 0; TryUnit(ref offset, out var unit);)
        {
            if (++units > _maximumUnits)
            {
                throw new InvalidDataException($"it has more than {_maximumUnits} compile units");
            }
            if (unit is { } read)
            {
                yield return read;
            }
        }
    }

    /// <summary>The entries directly below one.</summary>
    public IEnumerable<DwflDie> Children(DwflDie parent)
    {
        for (var found = TryChild(parent, out var child); found; found = TrySibling(child, out child))
        {
            if (++_entries > MaximumEntries)
            {
                throw new InvalidDataException($"it has more than {MaximumEntries} entries");
            }
            if ((_entries & 0x3ff) == 0 && Environment.TickCount64 > _end)
            {
                throw new InvalidDataException($"it takes more than {MaximumMilliseconds / 1000} seconds to read");
            }
            yield return child;
        }
    }

    /// <summary>The entry at an offset in .debug_info.</summary>
    public DwflDie At(ulong offset)
    {
        DwflDie entry;
        return LibDw.dwarf_offdie(_handle.Dwarf, offset, &entry) != null ? entry : throw Damaged();
    }

    /// <summary>The offset of an entry in .debug_info.</summary>
    public static ulong OffsetOf(DwflDie entry) => LibDw.dwarf_dieoffset(&entry);

    /// <summary>What an entry is (DW_TAG_*).</summary>
    public static int Tag(DwflDie entry) => LibDw.dwarf_tag(&entry);

    /// <summary>Whether an entry has an attribute.</summary>
    public static bool Has(DwflDie entry, uint attribute)
    {
        DwarfAttribute found;
        return LibDw.dwarf_attr(&entry, attribute, &found) != null;
    }

    /// <summary>An attribute that is text; empty if there is none.</summary>
    public static string Text(DwflDie entry, uint attribute)
    {
        DwarfAttribute found;
        var text = LibDw.dwarf_attr(&entry, attribute, &found) == null ? null : LibDw.dwarf_formstring(&found);
        return text == null ? "" : Text(text);
    }

    /// <summary>An attribute that is a number, as its form has it; null if there is none.</summary>
    public static long? Number(DwflDie entry, uint attribute)
    {
        const uint signed = 0x0d, implicitConstant = 0x21; // DW_FORM_sdata, DW_FORM_implicit_const
        DwarfAttribute found;
        long number;
        if (LibDw.dwarf_attr(&entry, attribute, &found) == null)
        {
            return null;
        }
        var result = found.Form is signed or implicitConstant ? LibDw.dwarf_formsdata(&found, &number)
            : LibDw.dwarf_formudata(&found, (ulong*)&number);
        return result == 0 ? number : null;
    }

    /// <summary>An attribute that is a number of bytes to add, as DWARF 2 has the places of members; null if it is anything else.</summary>
    public static long? Addition(DwflDie entry, uint attribute)
    {
        const byte add = 0x23; // DW_OP_plus_uconst, and a number of seven bits a byte
        DwarfAttribute found;
        DwarfBlock block;
        if (LibDw.dwarf_attr(&entry, attribute, &found) == null || LibDw.dwarf_formblock(&found, &block) != 0
            || block.Length is < 2 or > 6 || *(byte*)block.Data != add)
        {
            return null;
        }
        long number = 0;
        for (var at = (int)block.Length - 1; at > 0; at--)
        {
            number = number << 7 | (uint)(((byte*)block.Data)[at] & 0x7f);
        }
        return number;
    }

    /// <summary>The entry that an attribute refers to; null if there is none.</summary>
    public static DwflDie? Reference(DwflDie entry, uint attribute)
    {
        DwarfAttribute found;
        DwflDie target;
        return LibDw.dwarf_attr(&entry, attribute, &found) == null ? null
            : LibDw.dwarf_formref_die(&found, &target) != null ? target : throw Damaged();
    }

    /// <summary>The file that an entry is declared in; empty if that is not known.</summary>
    public static string FileOf(DwflDie entry)
    {
        var file = LibDw.dwarf_decl_file(&entry);
        return file == null ? "" : Text(file);
    }

    public void Dispose() => _handle.Dispose();

    private bool TryUnit(ref ulong offset, out DwflDie? unit)
    {
        ulong next;
        nuint headerSize;
        unit = null;
        var result = LibDw.dwarf_nextcu(_handle.Dwarf, offset, &next, &headerSize, null, null, null);
        if (result != 0)
        {
            return result > 0 ? false : throw Damaged();
        }
        if (next <= offset)
        {
            throw new InvalidDataException("a compile unit leads back to itself");
        }
        DwflDie entry;
        unit = LibDw.dwarf_offdie(_handle.Dwarf, offset + headerSize, &entry) != null ? entry : null;
        offset = next;
        return true;
    }

    private static bool TryChild(DwflDie parent, out DwflDie child)
    {
        DwflDie found;
        var result = LibDw.dwarf_child(&parent, &found);
        child = found;
        return result >= 0 ? result == 0 : throw Damaged();
    }

    private static bool TrySibling(DwflDie entry, out DwflDie sibling)
    {
        DwflDie found;
        var result = LibDw.dwarf_siblingof(&entry, &found);
        sibling = found;
        return result >= 0 ? result == 0 : throw Damaged();
    }

    private static string Text(byte* text)
    {
        // The memory goes on behind the last section.
        var bytes = new ReadOnlySpan<byte>(text, MaximumName);
        var end = bytes.IndexOf((byte)0);
        return end >= 0 ? Encoding.UTF8.GetString(bytes[..end])
            : throw new InvalidDataException($"a name has more than {MaximumName} bytes");
    }

    private static InvalidDataException Damaged() => new($"libdw says: {LibDw.LastDwarfError() ?? "no debug information"}");
}
