using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfPS.Verifier;

/// <summary>Reads a log from the first line to the last.</summary>
internal sealed partial class VerifierLogReader(string log)
{
    // The kernel writes only a few lines about an instruction. More lines than this are not a log, and their end is enough.
    private const int MostMessages = 64;

    private readonly VerifierPath _path = new(log);
    private readonly VerifierFrames _frames = new(log);
    private readonly Dictionary<int, Range> _lines = [];
    private readonly Queue<Range> _messages = [];
    private Range _source;
    private bool _callee;
    private VerifierReport? _report;

    public VerifierLog Read()
    {
        for (var at = 0; at < log.Length;)
        {
            var end = log.IndexOf('\n', at);
            end = end < 0 ? log.Length : end;
            if (_report is null && VerifierReport.IsStart(log.AsSpan(at..end).TrimEnd()))
            {
                end = ReadReport(at);
            }
            else
            {
                ReadLine(at, at + log.AsSpan(at..end).TrimEnd().Length);
            }
            at = end + 1;
        }
        return Conclude();
    }

    /// <summary>
    /// The report ends before the first line that does not belong to it: the statistics, or the verifier's last messages.
    /// </summary>
    private int ReadReport(int start)
    {
        var at = start;
        while (at < log.Length)
        {
            var length = log.AsSpan(at).IndexOf('\n');
            var end = length < 0 ? log.Length : at + length;
            if (!VerifierReport.IsPart(log.AsSpan(at..end).TrimEnd()))
            {
                break;
            }
            at = end + 1;
        }
        at = Math.Min(at, log.Length);
        _report = VerifierReport.Parse(log[start..at]);
        return at - 1;
    }

    private void ReadLine(int start, int end)
    {
        var line = log.AsSpan(start..end);
        if (line.IsEmpty)
        {
            return;
        }
        if (line[0] == ';')
        {
            // The previous line is better than none.
            _source = SourceComment.IsOfNoLine(line) ? _source : (start + 1)..end;
            return;
        }
        if (char.IsAsciiDigit(line[0]) && line.IndexOf(": ") is var colon and > 0
            && int.TryParse(line[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            ReadNumbered(index, start + colon + 2, end);
        }
        else if (line.StartsWith("from "))
        {
            ReadBranch(line, start, end);
        }
        else if (line[0] == ' ')
        {
            // The registers after "caller:", "callee:" and similar words; otherwise a list of live registers, or not a log at all.
            if (IsState(line.TrimStart()))
            {
                _frames.Read(start, end, _callee);
                _callee = false;
            }
        }
        else if (line is "callee:")
        {
            _callee = true;
        }
        else if (line.StartsWith("Validating "))
        {
            // A global function is verified on its own.
            _path.Clear();
            _frames.Clear();
            _messages.Clear();
        }
        else if (line.StartsWith("cur state:"))
        {
            _frames.Read(start + "cur state:".Length, end, true);
        }
        else if (!Remark().IsMatch(line))
        {
            if (_messages.Count == MostMessages)
            {
                _messages.Dequeue();
            }
            _messages.Enqueue(start..end);
        }
    }

    /// <summary>"7: (79) r1 = *(u64 *)(r0 +0) ; R1=scalar()", "7: R0=scalar() R10=fp0" or, before the walk, "7: a line of C".</summary>
    private void ReadNumbered(int index, int start, int end)
    {
        var rest = log.AsSpan(start..end);
        if (IsState(rest))
        {
            _frames.Read(start, end, false);
            return;
        }
        // libbpf writes unresolved items in '<'.
        if (!(rest.Length > 3 && rest[0] == '(' && rest[3] == ')') && !rest.StartsWith('<'))
        {
            _source = start..end;
            _lines[index] = _source;
            return;
        }
        _messages.Clear();
        var (textEnd, state) = InstructionEnd(rest);
        // After a jump, the verifier leaves the line open for the state at the target, so a complaint there is on the same line.
        if (state < 0 && Jump().Match(log, start, textEnd) is { Success: true } jump)
        {
            textEnd = jump.Length;
            _messages.Enqueue((start + jump.Length + 1)..end);
        }
        _path.Add(index, start..(start + textEnd), _source);
        if (state >= 0 && rest.StartsWith("(85) call ") && !rest[10..].StartsWith("pc"))
        {
            _frames.Called(); // and its result follows
        }
        if (state >= 0)
        {
            _frames.Read(start + state, end, false);
        }
    }

    /// <summary>
    /// The end of an instruction's text, and the start of the state after it: "; R0=1", or " 8: R0=1" if the verifier will
    /// come back to.
    /// </summary>
    private static (int TextEnd, int State) InstructionEnd(ReadOnlySpan<char> rest)
    {
        var remark = rest.IndexOf(';');
        var before = remark < 0 ? rest : rest[..remark];
        var colon = before.IndexOf(": R") is var register and >= 0 ? register : before.IndexOf(": frame");
        var number = colon;
        while (number > 0 && char.IsAsciiDigit(rest[number - 1]))
        {
            number--;
        }
        if (number > 0 && number < colon && rest[number - 1] == ' ')
        {
            return (rest[..number].TrimEnd().Length, colon + 1);
        }
        return remark < 0 ? (rest.Length, -1) : (rest[..remark].TrimEnd().Length, remark + 1);
    }

    /// <summary>Reads "from 6 to 9: R0=0 R10=fp0": the verifier goes back to a branch and takes the other direction.</summary>
    private void ReadBranch(ReadOnlySpan<char> line, int start, int end)
    {
        if (Branch().Match(log, start, end - start) is not { Success: true } match)
        {
            _messages.Enqueue(start..end);
            return;
        }
        if (int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var branch))
        {
            _path.GoBackTo(branch);
        }
        _messages.Clear();
        _frames.Clear();
        _frames.Read(match.Index + match.Length, end, true);
    }

    private VerifierLog Conclude()
    {
        string[] messages = [.. _messages.Select(range => log[range])];
        var reason = messages.LastOrDefault() ?? _report?.Reason ?? "";
        // "infinite loop detected at insn 9" is not always at the end of the log.
        int? named = NamedInstruction().Match(reason) is { Success: true } match
            && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var refused = _path.Last(named);
        var at = _report?.At;
        var instruction = refused?.Instruction ?? (named is { } index ? new VerifierInstruction(index, "") : null);
        if (at?.Instruction is { } said && (said.Index != instruction?.Index || instruction.Text.Length == 0))
        {
            instruction = said;
        }
        var source = named is { } known && _lines.TryGetValue(known, out var line) ? line : refused?.Source ?? _source;
        var (text, file, sourceLine) = SourceComment.Parse(log.AsSpan(source));
        if (at?.SourceFile is not null && (at.SourceFile, at.SourceLine) != (file, sourceLine))
        {
            (text, file, sourceLine) = (at.SourceText, at.SourceFile, at.SourceLine);
        }
        var registers = _frames.ToList();
        var (cause, hint, helper) = VerifierHints.Find(messages, reason, instruction, _report, _path);
        var register = RegisterOf(messages, cause, instruction);
        // After a branch on which a pointer is NULL, the pointer is the number 0.
        if (cause == VerifierCause.NotAPointer && registers.FirstOrDefault(entry => entry.Name == register)?.State is "0" or "P0")
        {
            (cause, hint) = (VerifierCause.UncheckedPointer, VerifierRules.KnownNull);
        }
        return new VerifierLog(_path)
        {
            Reason = reason,
            Messages = messages,
            Instruction = instruction,
            SourceText = text,
            SourceFile = file,
            SourceLine = sourceLine,
            Registers = registers,
            Register = register,
            Report = _report,
            Cause = cause,
            Hint = hint,
            Helper = helper,
        };
    }

    /// <summary>The register in the reason, otherwise the one in the instruction.</summary>
    private string? RegisterOf(string[] messages, VerifierCause cause, VerifierInstruction? instruction)
    {
        foreach (var message in messages.Reverse())
        {
            if (RegisterIn(message) is { } named)
            {
                return named;
            }
        }
        var register = cause switch
        {
            VerifierCause.UnboundedOffset or VerifierCause.PointerArithmetic => AddedRegister(),
            VerifierCause.ContextAccess or VerifierCause.ReadOnlyMemory or VerifierCause.KernelMemory or VerifierCause.Misaligned =>
                BaseRegister(),
            _ => null,
        };
        // The kernel's report names the pointer even if the number is the problem.
        return register?.Match(instruction?.Text ?? "") is { Success: true } operand
            ? $"R{operand.Groups[1].Value}"
            : RegisterIn(_report?.Reason ?? "");
    }

    private static string? RegisterIn(string message) => NamedRegister().Match(message) is { Success: true } named
        ? named.Value
        : NamedArgument().Match(message) is { Success: true } argument
            ? string.Create(CultureInfo.InvariantCulture, $"R{argument.Groups[1].ValueSpan[0] - '0' + 1}")
        : null;

    private static bool IsState(ReadOnlySpan<char> text) =>
        text.Length > 2 && (text[0] == 'R' && char.IsAsciiDigit(text[1]) && StateStart().IsMatch(text)
        || text.StartsWith("frame") && text.Length > 5 && char.IsAsciiDigit(text[5]) || text.StartsWith("fp-"));

    // Messages of the verifier about itself, not about the program.
    [GeneratedRegex(@"^(processed \d+ insns|subprog \d+ |verification time|stack depth|max_states|insns? |func#|Func#|mark_precise:"
        + @"|last_idx |regs=|parent |propagating |caller:|returning from callee:|to caller at |old state:|Live regs before insn:"
        + @"|\(\d+\) (?:frame|live) |-- )")]
    private static partial Regex Remark();

    [GeneratedRegex(@"\Gfrom (\d+) to \d+(?: \([a-z ]+\))?:")]
    private static partial Regex Branch();

    [GeneratedRegex(@"\G\([0-9a-f]{2}\) (?:[^;]*\b(?:goto|call) pc[+-]\d+|exit)(?= \S)")]
    private static partial Regex Jump();

    [GeneratedRegex(@"^R\d+(_[rwD]+)?=")]
    private static partial Regex StateStart();

    [GeneratedRegex(@"\binsn (\d+)")]
    private static partial Regex NamedInstruction();

    [GeneratedRegex(@"\bR(10|\d)\b")]
    private static partial Regex NamedRegister();

    [GeneratedRegex(@"\barg#?([0-4])\b")]
    private static partial Regex NamedArgument();

    [GeneratedRegex(@"= r(10|\d)$")]
    private static partial Regex AddedRegister();

    [GeneratedRegex(@"\(r(10|\d) [+-]\d")]
    private static partial Regex BaseRegister();
}
