using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>The variable that keeps a program from sending any events, because it is zero (BPFPS_THRESHOLD of bpfps.h).</summary>
// unsafe: the value's array has the map's value size and is pinned for the lookup.
internal static unsafe class SilentSetting
{
    private const string Constants = ".rodata";

    /// <summary>The variable; null if the program has no such variable, or it is set.</summary>
    /// <param name="ring">The ring buffer or perf buffer that is read.</param>
    public static BpfVariable? Of(BpfMap ring)
    {
        var types = ring.ObjectTypes ?? KernelBtf.OfAnyUser(ring.Id);
        foreach (var section in types?.All.OfType<BtfDataSection>().Where(section => IsConstant(section.Name)) ?? [])
        {
            var silent = types!.Variables(section.Name).Select(entry => new BpfVariable(types, entry.Variable, entry.Place, value: null))
                .Where(variable => variable.IsSilentAtZero).ToArray();
            if (silent.Length > 0 && BytesOf(ring, section.Name) is { } bytes
                && Array.Find(silent, variable => IsZero(bytes, variable)) is { } found)
            {
                return found;
            }
        }
        return null;
    }

    private static bool IsConstant(string section) =>
        section == Constants || section.StartsWith($"{Constants}.", StringComparison.Ordinal);

    private static bool IsZero(byte[] bytes, BpfVariable variable) => variable.Offset + (ulong)variable.Size <= (ulong)bytes.Length
        && !bytes.AsSpan((int)variable.Offset, (int)variable.Size).ContainsAnyExcept((byte)0);

    /// <summary>What the section holds; null if its map cannot be found or read.</summary>
    private static byte[]? BytesOf(BpfMap ring, string section)
    {
        try
        {
            // The name of a section's map in the kernel is the start of the object's name followed by the section's name.
            var map = SiblingMaps.Of(ring)
                .FirstOrDefault(map => map.Type == "array" && map.Name.EndsWith(section, StringComparison.Ordinal));
            if (map is null)
            {
                return null;
            }
            using var fd = map.OpenDescriptor();
            var value = new byte[map.ValueSize];
            uint key = 0;
            fixed (byte* pointer = value)
            {
                return LibBpf.bpf_map_lookup_elem(fd, &key, pointer) < 0 ? null : value;
            }
        }
        catch (BpfException)
        {
            return null; // Without it there is only no hint.
        }
    }
}
