using System.Buffers.Text;
using System.Text;

namespace BpfPS.Stacks;

/// <summary>The memory map of a process at one point in time (/proc/PID/maps).</summary>
internal sealed class MemoryMap
{
    // Segments can be aligned to a huge page.
    private const ulong LargestHole = 4 * 1024 * 1024;

    private readonly byte[] _text;
    private readonly MappedRegion[] _regions;
    private readonly HashSet<MappedRegion> _fragments = new(ReferenceEqualityComparer.Instance);

    private MemoryMap(byte[] text, MappedRegion[] regions)
    {
        _text = text;
        _regions = regions;
        Files = Group();
    }

    /// <summary>The map of a process without memory of its own.</summary>
    public static MemoryMap Empty { get; } = new([], []);

    /// <summary>
    /// The files that are mapped from their first byte on, and the vDSO, each with its adjacent regions.
    /// </summary>
    public IReadOnlyList<MappedFile> Files { get; }

    /// <summary>True for a kernel thread, and for a process that is ending.</summary>
    public bool IsEmpty => _regions.Length == 0;

    /// <summary>Reads the text of /proc/PID/maps, and skips invalid lines.</summary>
    public static MemoryMap Parse(byte[] text)
    {
        var regions = new List<MappedRegion>();
        var path = "";
        byte[] pathBytes = [];
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (TryParseLine(line, out var region, out var name))
            {
                if (!name.SequenceEqual(pathBytes))
                {
                    pathBytes = name.ToArray();
                    // The kernel escapes only line feeds here.
                    path = Encoding.UTF8.GetString(name).Replace("\\012", "\n", StringComparison.Ordinal);
                }
                regions.Add(region with { Path = path });
            }
        }
        return new MemoryMap(text, [.. regions]);
    }

    /// <summary>Whether the map comes from the same text.</summary>
    public bool IsSame(ReadOnlySpan<byte> text) => text.SequenceEqual(_text);

    /// <summary>The region of an address, or null.</summary>
    public MappedRegion? Find(ulong address)
    {
        int low = 0, high = _regions.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var region = _regions[middle];
            if (address < region.Start)
            {
                high = middle - 1;
            }
            else if (address >= region.End)
            {
                low = middle + 1;
            }
            else
            {
                return region;
            }
        }
        return null;
    }

    /// <summary>
    /// The address under which libdw knows a byte of a mapped file: the address itself or, if only a fragment of the file is mapped
    /// there (V8 moves a part of its own program), the address of the same byte in the complete mapping. Null if there is no
    /// complete mapping.
    /// </summary>
    public ulong? InWholeFile(MappedRegion region, ulong address)
    {
        if (!_fragments.Contains(region))
        {
            return address;
        }
        var offset = address - region.Start + region.FileOffset;
        var whole = _regions.FirstOrDefault(other => IsSameFile(other, region) && !_fragments.Contains(other)
            && offset >= other.FileOffset && offset - other.FileOffset < other.End - other.Start);
        return whole is null ? null : whole.Start + (offset - whole.FileOffset);
    }

    // start-end rwxp offset major:minor inode   path
    private static bool TryParseLine(ReadOnlySpan<byte> line, out MappedRegion region, out ReadOnlySpan<byte> name)
    {
        region = null!;
        name = default;
        if (!TakeHex(ref line, '-', out var start) || !TakeHex(ref line, ' ', out var end) || line.Length < 5)
        {
            return false;
        }
        var executable = line[2] == 'x';
        line = line[5..];
        if (!TakeHex(ref line, ' ', out var offset) || !TakeHex(ref line, ':', out var major) || !TakeHex(ref line, ' ', out var minor)
            || !Utf8Parser.TryParse(line, out ulong inode, out var digits))
        {
            return false;
        }
        name = line[digits..].TrimStart((byte)' ');
        region = new MappedRegion(start, end, offset, executable, (major << 32) | minor, inode, "");
        return start < end;
    }

    private static bool TakeHex(ref ReadOnlySpan<byte> line, char terminator, out ulong value)
    {
        if (!Utf8Parser.TryParse(line, out value, out var digits, 'x') || digits >= line.Length || line[digits] != terminator)
        {
            return false;
        }
        line = line[(digits + 1)..];
        return true;
    }

    // The segments of one file follow each other with rising offsets, and only with unnamed memory (.bss) and small holes between.
    // Anything else means that the same file, or a part of it, is mapped once more. libdw must not see such a fragment, because
    // it takes the lowest address for the start of the file.
    private List<MappedFile> Group()
    {
        var files = new List<MappedFile>();
        MappedRegion? last = null;
        var lastEnd = 0ul;
        var isFragment = false;
        foreach (var region in _regions)
        {
            if (region.IsFile)
            {
                var continues = last is not null && IsSameFile(last, region) && last.FileOffset <= region.FileOffset
                    && region.Start - lastEnd <= LargestHole;
                isFragment = continues ? isFragment : region.FileOffset != 0;
                if (isFragment)
                {
                    _fragments.Add(region);
                }
                else if (continues)
                {
                    files[^1] = files[^1] with { End = region.End };
                }
                else
                {
                    files.Add(new MappedFile(region, region.End));
                }
                last = region;
            }
            else if (region.Path.Length != 0)
            {
                last = null;
                if (region.IsVdso)
                {
                    files.Add(new MappedFile(region, region.End));
                }
            }
            lastEnd = region.End;
        }
        return files;
    }

    private static bool IsSameFile(MappedRegion left, MappedRegion right) =>
        left.Inode == right.Inode && left.Device == right.Device && left.Path == right.Path;
}
