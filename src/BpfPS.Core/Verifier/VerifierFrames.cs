using System.Globalization;

namespace BpfPS.Verifier;

/// <summary>
/// The registers of each call frame while a log is read. The log shows the changes of each instruction. Only positions in
/// the log are kept until the end.
/// </summary>
internal sealed class VerifierFrames(string log)
{
    // The kernel's MAX_CALL_FRAMES, and its registers including R11, which represents arguments on the stack.
    private const int FrameCount = 8;
    private const int RegisterCount = 12;

    private readonly Range?[,] _registers = new Range?[FrameCount, RegisterCount];
    private readonly SortedDictionary<int, Range>?[] _stacks = new SortedDictionary<int, Range>?[FrameCount];

    /// <summary>The last frame in the log so far.</summary>
    public int Current { get; private set; }

    /// <summary>Reads a state: "frame1: R0=scalar() R10=fp0 fp-8=0000????".</summary>
    /// <param name="start">Where it begins in the log.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="whole">Whether the state replaces the known state of the frame.</param>
    public void Read(int start, int end, bool whole)
    {
        var frame = 0;
        var at = SkipSpaces(start, end);
        var text = log.AsSpan(at, end - at);
        if (text.StartsWith("frame") && text.IndexOf(':') is var colon and > 5
            && int.TryParse(text[5..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < FrameCount)
        {
            frame = number;
            at += colon + 1;
        }
        Current = frame;
        if (whole)
        {
            Clear(frame);
        }
        while ((at = SkipSpaces(at, end)) < end)
        {
            var tokenEnd = TokenEnd(at, end);
            Set(frame, at, tokenEnd);
            at = tokenEnd;
        }
    }

    /// <summary>Forgets all frames.</summary>
    public void Clear()
    {
        Current = 0;
        for (var frame = 0; frame < FrameCount; frame++)
        {
            Clear(frame);
        }
    }

    /// <summary>A call of a helper clears the registers of its arguments, which the log does not show.</summary>
    public void Called()
    {
        for (var register = 1; register <= 5; register++)
        {
            _registers[Current, register] = null;
        }
    }

    /// <summary>The known state of the current frame.</summary>
    public IReadOnlyList<VerifierRegister> ToList()
    {
        var list = new List<VerifierRegister>();
        for (var register = 0; register < RegisterCount; register++)
        {
            if (_registers[Current, register] is { } state)
            {
                list.Add(new VerifierRegister(string.Create(CultureInfo.InvariantCulture, $"R{register}"), Current, log[state]));
            }
        }
        foreach (var (offset, state) in _stacks[Current] ?? [])
        {
            list.Add(new VerifierRegister(string.Create(CultureInfo.InvariantCulture, $"fp-{offset}"), Current, log[state]));
        }
        return list;
    }

    private void Clear(int frame)
    {
        for (var register = 0; register < RegisterCount; register++)
        {
            _registers[frame, register] = null;
        }
        _stacks[frame] = null;
    }

    private void Set(int frame, int start, int end)
    {
        var token = log.AsSpan(start, end - start);
        var equals = token.IndexOf('=');
        if (equals < 2)
        {
            return;
        }
        var name = token[..equals];
        // Kernels before 6.9 mark whether it was read or written: R0_rw.
        if (name.IndexOf('_') is var mark and > 0)
        {
            name = name[..mark];
        }
        var state = (start + equals + 1)..end;
        if (name[0] == 'R' && int.TryParse(name[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var register)
            && register < RegisterCount)
        {
            _registers[frame, register] = state;
        }
        else if (name.StartsWith("fp-") && int.TryParse(name[3..], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && offset <= 512)
        {
            (_stacks[frame] ??= [])[offset] = state;
        }
    }

    private int SkipSpaces(int at, int end)
    {
        while (at < end && log[at] == ' ')
        {
            at++;
        }
        return at;
    }

    /// <summary>The next space outside parentheses.</summary>
    private int TokenEnd(int at, int end)
    {
        var depth = 0;
        for (; at < end; at++)
        {
            if (log[at] == '(')
            {
                depth++;
            }
            else if (log[at] == ')')
            {
                depth--;
            }
            else if (log[at] == ' ' && depth <= 0)
            {
                break;
            }
        }
        return at;
    }
}
