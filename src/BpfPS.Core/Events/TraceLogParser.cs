using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfPS.Events;

/// <summary>
/// Reads the kernel's trace as text: the messages of programs, each followed by the stack that the program was called on, which names
/// the program. The lines of several CPUs alternate. Pure: it takes lines, and gives messages.
/// </summary>
/// <param name="timeOf">The local time of a time stamp in nanoseconds since boot.</param>
internal sealed partial class TraceLogParser(Func<ulong, DateTime> timeOf)
{
    private readonly Dictionary<int, Pending> _pending = []; // by CPU, until their stacks have come
    private readonly Queue<BpfTraceMessage> _messages = new();
    private Pending? _current; // the one whose further lines are coming
    private bool _isInStack;

    /// <summary>The number of entries of the trace that were lost, messages and stacks, because the buffer was full.</summary>
    public ulong Lost { get; private set; }

    /// <summary>Takes the next line.</summary>
    public void Add(string line)
    {
        if (LostEvents().Match(line) is { Success: true } lost)
        {
            Lost += ulong.Parse(lost.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }
        else if (Entry().Match(line) is { Success: true } entry)
        {
            Begin(entry);
        }
        else if (_isInStack && line.StartsWith(" => ", StringComparison.Ordinal))
        {
            // A program's own functions come before it: it is the last of the first that are functions of BPF programs.
            if (Function().Match(line) is { Success: true } function)
            {
                if (_current is { IsProgramKnown: false })
                {
                    _current.Program = function.Groups[1].Value;
                }
            }
            else if (_current is { Program: not null })
            {
                _current.IsProgramKnown = true;
            }
        }
        else if (!_isInStack)
        {
            _current?.Message.Append('\n').Append(line);
        }
    }

    /// <summary>The next message that is complete. The last ones are when nothing more has come for a while.</summary>
    /// <param name="isQuiet">Whether nothing more has come for a while.</param>
    public BpfTraceMessage? Next(bool isQuiet)
    {
        if (isQuiet)
        {
            foreach (var pending in _pending.Values.OrderBy(pending => pending.Time))
            {
                Complete(pending);
            }
            _pending.Clear();
            _current = null;
        }
        return _messages.TryDequeue(out var message) ? message : null;
    }

    private void Begin(Match entry)
    {
        if (_isInStack && _current is not null)
        {
            Complete(_current);
            _pending.Remove(_current.Cpu);
        }
        var cpu = int.Parse(entry.Groups["cpu"].ValueSpan, CultureInfo.InvariantCulture);
        _isInStack = entry.Groups["stack"].Success;
        if (_isInStack)
        {
            _current = _pending.GetValueOrDefault(cpu);
            return;
        }
        if (_pending.Remove(cpu, out var earlier))
        {
            Complete(earlier); // its stack was lost
        }
        _current = null;
        if (entry.Groups["message"].Success)
        {
            var seconds = decimal.Parse(entry.Groups["time"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
            _pending[cpu] = _current = new Pending((ulong)(seconds * 1_000_000_000), cpu, entry.Groups["comm"].Value,
                int.Parse(entry.Groups["pid"].ValueSpan, CultureInfo.InvariantCulture), new StringBuilder(entry.Groups["message"].Value));
        }
    }

    private void Complete(Pending one) => _messages.Enqueue(
        new BpfTraceMessage(timeOf(one.Time), one.Cpu, one.Comm, one.Pid, one.Program, one.Message.ToString()));

    // "            bash-21380   [001] ...21  5182.285660: bpf_trace_printk: hello", or "<stack trace>" in place of the event.
    [GeneratedRegex(@"^ *(?<comm>.{1,16})-(?<pid>\d{1,9}) +(?:\([^)]*\) +)?\[(?<cpu>\d{1,6})\] +\S+ +(?<time>\d{1,10}\.\d{1,9}): "
        + "(?:(?<stack><stack trace>)$|bpf_trace_printk: (?<message>.*)$|)", RegexOptions.CultureInvariant)]
    private static partial Regex Entry();

    // " => bpf_prog_cddbcbed78c115bd_hello_printer"
    [GeneratedRegex("^ => bpf_prog_[0-9a-f]{16}_([A-Za-z0-9_.]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Function();

    [GeneratedRegex(@"^CPU:\d+ \[LOST (\d{1,18}) EVENTS\]$", RegexOptions.CultureInvariant)]
    private static partial Regex LostEvents();

    private sealed class Pending(ulong time, int cpu, string comm, int pid, StringBuilder message)
    {
        public ulong Time => time;

        public int Cpu => cpu;

        public string Comm => comm;

        public int Pid => pid;

        public StringBuilder Message => message;

        public string? Program { get; set; }

        public bool IsProgramKnown { get; set; }
    }
}
