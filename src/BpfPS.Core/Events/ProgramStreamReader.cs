using System.Text;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// Takes what programs have written to their streams, a line at a time. A stream belongs to its program and has one reader: what is
/// read here is gone from it. No program is kept in the kernel by this.
/// </summary>
/// <param name="isWanted">Which programs, by name; null for all.</param>
internal sealed class ProgramStreamReader(Func<string, bool>? isWanted)
{
    private const int RoomBytes = 1 << 16; // a stream keeps up to 100,000 bytes
    private const long IntervalMilliseconds = 100;

    private readonly byte[] _room = new byte[RoomBytes];
    private readonly Dictionary<(uint Id, BpfTraceSource Stream), Unfinished> _unfinished = [];
    private readonly Queue<BpfTraceMessage> _messages = new();
    private long _nextTime = long.MinValue;

    /// <summary>Milliseconds to sleep between two looks, because nobody wakes a reader of streams. Null without streams.</summary>
    public static long? Interval => ProgramStreams.AreKnown ? IntervalMilliseconds : null;

    /// <summary>The next line; null if there is none.</summary>
    public BpfTraceMessage? Next() => _messages.TryDequeue(out var message) ? message : null;

    /// <summary>Looks at the streams of all programs, unless that was done just now.</summary>
    /// <param name="isLast">Whether this is the last look, so that what has no line end is a message too.</param>
    public void Look(bool isLast = false)
    {
        if (!ProgramStreams.AreKnown || Environment.TickCount64 < _nextTime && !isLast)
        {
            return;
        }
        _nextTime = Environment.TickCount64 + IntervalMilliseconds;
        foreach (var id in Programs())
        {
            try
            {
                using var program = KernelObjects.OpenProgram(id);
                var name = KernelObjects.NameOfProgram(program);
                if (isWanted?.Invoke(name) != false)
                {
                    Take(program, id, name, BpfTraceSource.Stdout);
                    Take(program, id, name, BpfTraceSource.Stderr);
                }
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                // unloaded between two calls, and its streams with it
            }
        }
        foreach (var (key, rest) in isLast ? _unfinished.ToArray() : [])
        {
            Add(rest.Text.ToString(), rest.Program, key.Stream);
            _unfinished.Remove(key);
        }
    }

    /// <summary>The programs; none if this process may not list them, as the trace can be read all the same.</summary>
    private static uint[] Programs()
    {
        try
        {
            return [.. KernelObjects.ProgramIds()];
        }
        catch (BpfException e) when (e.Kind == BpfErrorKind.PermissionDenied)
        {
            return [];
        }
    }

    private void Take(FileDescriptor program, uint id, string name, BpfTraceSource stream)
    {
        int count;
        while ((count = ProgramStreams.Read(program, (int)stream, _room)) > 0)
        {
            var key = (id, stream);
            if (!_unfinished.TryGetValue(key, out var rest))
            {
                _unfinished[key] = rest = new Unfinished(name, new StringBuilder(), Encoding.UTF8.GetDecoder());
            }
            // A character may be cut between two reads.
            var characters = new char[Encoding.UTF8.GetMaxCharCount(count)];
            var length = rest.Decoder.GetChars(_room, 0, count, characters, 0);
            rest.Text.Append(characters, 0, length);
            var lines = rest.Text.ToString().Split('\n');
            foreach (var line in lines[..^1])
            {
                Add(line, name, stream);
            }
            rest.Text.Clear().Append(lines[^1]);
        }
    }

    private void Add(string line, string program, BpfTraceSource stream)
    {
        if (line.Length > 0)
        {
            _messages.Enqueue(new BpfTraceMessage(DateTime.Now, null, null, null, program, line) { Source = stream });
        }
    }

    private sealed record Unfinished(string Program, StringBuilder Text, Decoder Decoder);
}
