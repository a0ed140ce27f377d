using System.Buffers.Text;
using System.Text;

namespace BpfPS.Stacks;

/// <summary>What a process has mapped where, at one moment (/proc/PID/maps).</summary>
internal sealed class MemoryMap
{
    // Segments may be aligned to as much as a huge page.
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

    /// <summary>A process with no memory of its own.</summary>
    public static MemoryMap Empty { get; } = new([], []);

    /// <summary>
    /// The files that are mapped from their first byte on, and the vDSO, each with the neighbouring regions that belong together.
    /// </summary>
    public IReadOnlyList<MappedFile> Files { get; }

    /// <summary>True for a kernel thread, and for a process that is ending.</summary>
    public bool IsEmpty => _regions.Length == 0;

    /// <summary>Reads the text of /proc/PID/maps; lines that are not understood are left out.</summary>
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
                    // A line feed is the only character that the kernel writes as an escape here.
                    path = Encoding.UTF8.GetString(name).Replace("\\012", "\n", StringComparison.Ordinal);
                }
                regions.Add(region with { Path = path });
            }
        }
        return new MemoryMap(text, [.. regions]);
    }

    /// <summary>Whether the text this came from is the same.</summary>
    public bool IsSame(ReadOnlySpan<byte> text) => text.SequenceEqual(_text);

    /// <summary>The region that an address lies in, or null.</summary>
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
    /// Where libdw knows the byte of a file that is mapped at an address: the address itself, or, when only a fragment of the
    /// file is mapped
    /// there (V8 moves a part of its own program), the place of the same byte in the whole file. Null when the file is nowhere
    /// mapped whole.
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

    // The segments of one file follow one another with rising offsets, and at most unnamed memory (.bss) and small holes in between.
    // Anything else means that the same file is mapped once more, and perhaps only a part of it: libdw, which takes the
    // lowest address for the start of the file, must not see such a fragment.
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
