using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfPS.Verifier;

/// <summary>What the verifier's log says about the rejection. Pure: text in, facts out.</summary>
/// <param name="Reason">The sentence that gives the reason, as the kernel wrote it; empty when the log is.</param>
/// <param name="Instruction">The number of the instruction it stopped at, or null.</param>
/// <param name="SourceText">The line of C that the instruction was made from, or null without line info.</param>
/// <param name="SourceFile">Its file, or null where the kernel does not say.</param>
/// <param name="SourceLine">Its number in that file, or null where the kernel does not say.</param>
public sealed partial record VerifierLog(string Reason, int? Instruction, string? SourceText, string? SourceFile, int? SourceLine)
{
    /// <summary>Reads a log.</summary>
    /// <param name="log">The whole log.</param>
    public static VerifierLog Parse(string log)
    {
        var lines = log.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0).ToArray();
        // The reason is the last line that is neither statistics, nor an instruction, nor the registers behind one.
        var end = Array.FindLastIndex(lines, line => !Statistics().IsMatch(line) && !InstructionLine().IsMatch(line) && !line.StartsWith(';'));
        if (end < 0)
        {
            return new VerifierLog("", null, null, null, null);
        }
        int? instruction = null;
        for (var i = end - 1; i >= 0; i--)
        {
            if (instruction is null && InstructionLine().Match(lines[i]) is { Success: true } match
                && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var at))
            {
                instruction = at;
            }
            // An instruction that the compiler made for no line in particular is said to be of line 0.
            if (lines[i].StartsWith(';') && Source(lines[i]) is var (text, file, line) && line != 0)
            {
                return new VerifierLog(lines[end], instruction, text, file, line);
            }
        }
        return new VerifierLog(lines[end], instruction, null, null, null);
    }

    /// <summary>A source comment: "; text @ file.c:12" since Linux 6.10, "; text" before. The text is empty where the compiler did not find the file.</summary>
    private static (string? Text, string? File, int? Line) Source(string comment)
    {
        var place = SourcePlace().Match(comment);
        var text = (place.Success ? place.Groups[1].Value : comment[1..]).Trim();
        return (text.Length == 0 ? null : text, place.Success ? place.Groups[2].Value : null,
            place.Success && int.TryParse(place.Groups[3].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null);
    }

    [GeneratedRegex(@"^(processed \d+ insns|verification time|stack depth|max_states|insns? )")]
    private static partial Regex Statistics();

    [GeneratedRegex(@"^(\d+): ")]
    private static partial Regex InstructionLine();

    [GeneratedRegex(@"^;(.*) @ ([^@]+):(\d+)$")]
    private static partial Regex SourcePlace();
}
