using BpfPS.Native;

namespace BpfPS.Stacks;

/// <summary>
/// Finds the compile unit of a module that covers an address, from the units' own ranges. Unsafe, because libdw fills in pointers.
/// </summary>
// unsafe: libdw owns the units as long as the module is open, and this index is dropped together with the module.
internal sealed unsafe class CompileUnitIndex
{
    private readonly List<ulong> _starts = [];
    private readonly List<(ulong End, nint Unit)> _ranges = [];
    private readonly ulong _bias;

    /// <summary>Reads the ranges of all units of a module; empty without debug information.</summary>
    public CompileUnitIndex(nint module)
    {
        ulong bias;
        var found = new List<(ulong Start, ulong End, nint Unit)>();
        for (DwflDie* unit = null; (unit = LibDw.dwfl_module_nextcu(module, unit, &bias)) != null;)
        {
            _bias = bias;
            ulong unitBase, start, end;
            nint offset = 0;
            while ((offset = LibDw.dwarf_ranges(unit, offset, &unitBase, &start, &end)) > 0)
            {
                if (start < end)
                {
                    found.Add((start, end, (nint)unit));
                }
            }
        }
        found.Sort();
        foreach (var range in found)
        {
            _starts.Add(range.Start);
            _ranges.Add((range.End, range.Unit));
        }
    }

    /// <summary>The Dwarf_Line of an address, or 0.</summary>
    public nint FindLine(ulong address)
    {
        address -= _bias;
        var index = _starts.BinarySearch(address);
        if (index < 0)
        {
            index = ~index - 1;
        }
        return index >= 0 && address < _ranges[index].End ? LibDw.dwarf_getsrc_die((DwflDie*)_ranges[index].Unit, address) : 0;
    }
}
