using System.Buffers.Text;
using System.Text;

namespace BpfPS.Stacks;

/// <summary>
/// Names code compiled at run time, from the text of a perf map: "start size name" with hexadecimal numbers, one function per line
/// (linux/tools/perf/Documentation/jit-interface.txt). Where lines overlap, the later one wins, because code is replaced.
/// </summary>
/// <remarks>
/// Any process can write such a file, so it is not trusted: invalid lines are skipped, and so is what comes after a million functions.
/// </remarks>
internal sealed class PerfMap
{
    private const int LongestName = 1024;
    private const int MostFunctions = 1 << 20; // several times what a large program has

    private readonly byte[] _text;
    private readonly Entry[] _entries;
    private readonly List<Piece> _pieces;

    private PerfMap(byte[] text, Entry[] entries)
    {
        _text = text;
        _entries = entries;
        _pieces = Flatten(entries);
    }

    /// <summary>The number of functions in the file.</summary>
    public int Count => _entries.Length;

    /// <summary>Reads the text of a perf map.</summary>
    public static PerfMap Parse(byte[] text)
    {
        var entries = new List<Entry>();
        for (var start = 0; start < text.Length && entries.Count < MostFunctions;)
        {
            var length = text.AsSpan(start).IndexOf((byte)'\n');
            var end = length < 0 ? text.Length : start + length;
            if (TryParseLine(text.AsSpan(start, end - start), start, out var entry))
            {
                entries.Add(entry);
            }
            start = end + 1;
        }
        return new PerfMap(text, [.. entries]);
    }

    /// <summary>Finds the function of an address.</summary>
    public bool TryFind(ulong address, out string name, out ulong start)
    {
        name = "";
        start = 0;
        int low = 0, high = _pieces.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var piece = _pieces[middle];
            if (address < piece.Start)
            {
                high = middle - 1;
            }
            else if (address >= piece.End)
            {
                low = middle + 1;
            }
            else
            {
                var entry = _entries[piece.Entry];
                name = Encoding.UTF8.GetString(_text, entry.NameOffset, entry.NameLength);
                start = entry.Start;
                return true;
            }
        }
        return false;
    }

    private static bool TryParseLine(ReadOnlySpan<byte> line, int lineOffset, out Entry entry)
    {
        entry = default;
        line = line.TrimEnd((byte)'\r');
        var whole = line.Length;
        if (!TakeHex(ref line, out var start) || !TakeHex(ref line, out var size) || line.IsEmpty || size == 0 || start + size < start)
        {
            return false;
        }
        entry = new Entry(start, start + size, lineOffset + whole - line.Length, Math.Min(line.Length, LongestName));
        return true;
    }

    private static bool TakeHex(ref ReadOnlySpan<byte> line, out ulong value)
    {
        if (line is [(byte)'0', (byte)'x' or (byte)'X', ..])
        {
            line = line[2..];
        }
        if (!Utf8Parser.TryParse(line, out value, out var digits, 'x') || digits >= line.Length || line[digits] != ' ')
        {
            return false;
        }
        line = line[(digits + 1)..];
        return true;
    }

    // Walks over all starts and ends of entries, with a heap of the entries open at that place, the latest on top.
    // Even many overlaps do not cost more than sorting.
    private static List<Piece> Flatten(Entry[] entries)
    {
        var byStart = new int[entries.Length];
        var starts = new ulong[entries.Length];
        var edges = new ulong[entries.Length * 2];
        for (var i = 0; i < entries.Length; i++)
        {
            byStart[i] = i;
            starts[i] = edges[2 * i] = entries[i].Start;
            edges[(2 * i) + 1] = entries[i].End;
        }
        Array.Sort(starts, byStart);
        Array.Sort(edges);

        var pieces = new List<Piece>(entries.Length);
        var open = new PriorityQueue<int, int>();
        var next = 0;
        for (var i = 0; i + 1 < edges.Length; i++)
        {
            for (; next < byStart.Length && starts[next] == edges[i]; next++)
            {
                open.Enqueue(byStart[next], -byStart[next]);
            }
            while (open.Count > 0 && entries[open.Peek()].End <= edges[i])
            {
                open.Dequeue();
            }
            if (open.Count == 0 || edges[i] == edges[i + 1])
            {
                continue;
            }
            if (pieces.Count > 0 && pieces[^1].Entry == open.Peek() && pieces[^1].End == edges[i])
            {
                pieces[^1] = pieces[^1] with { End = edges[i + 1] };
            }
            else
            {
                pieces.Add(new Piece(edges[i], edges[i + 1], open.Peek()));
            }
        }
        return pieces;
    }

    private readonly record struct Entry(ulong Start, ulong End, int NameOffset, int NameLength);

    private readonly record struct Piece(ulong Start, ulong End, int Entry);
}
