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
            if (instruction is null && InstructionLine().Match(lines[i]) is { Success: true } match)
            {
                instruction = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            }
            if (lines[i].StartsWith(';'))
            {
                // Since Linux 6.10: "; text @ file.c:12"; before: "; text".
                var place = SourcePlace().Match(lines[i]);
                return place.Success
                    ? new VerifierLog(lines[end], instruction, place.Groups[1].Value.Trim(), place.Groups[2].Value,
                        int.TryParse(place.Groups[3].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null)
                    : new VerifierLog(lines[end], instruction, lines[i][1..].Trim(), null, null);
            }
        }
        return new VerifierLog(lines[end], instruction, null, null, null);
    }

    [GeneratedRegex(@"^(processed \d+ insns|verification time|stack depth|max_states|insns? )")]
    private static partial Regex Statistics();

    [GeneratedRegex(@"^(\d+): ")]
    private static partial Regex InstructionLine();

    [GeneratedRegex(@"^;(.*) @ ([^@]+):(\d+)$")]
    private static partial Regex SourcePlace();
}
