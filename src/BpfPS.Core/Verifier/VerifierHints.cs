using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfPS.Verifier;

/// <summary>Finds the cause of a refusal from the kernel's words, and what to tell the author of the program.</summary>
internal static partial class VerifierHints
{
    // The same instructions so often: a loop, and not a long program.
    private const int LoopRounds = 8;

    /// <summary>
    /// Finds the cause: the first rule that fits the reason, else one that fits what was said before it, else what the kernel's
    /// report says.
    /// </summary>
    public static (VerifierCause Cause, string? Hint, string? Helper) Find(
        IReadOnlyList<string> messages, string reason, VerifierInstruction? instruction, VerifierReport? report, VerifierPath path)
    {
        var rule = Rule(reason);
        for (var i = messages.Count - 1; rule is null && i >= 0; i--)
        {
            rule = Rule(messages[i]);
        }
        rule ??= report is null ? null : Rule($"{report.Category}: {report.Problem}: {report.Reason}");
        if (rule is null)
        {
            return (VerifierCause.Unknown, report?.Suggestion, null);
        }
        var (cause, hint) = (rule.Cause, rule.Hint);
        if (cause == VerifierCause.TooManyInstructions && path.Count > LoopRounds * path.DistinctCount)
        {
            cause = VerifierCause.LoopTooLong;
            hint = VerifierRules.LoopTooLong;
        }
        // Since Linux 7.3 the last words are the same for packets and for other memory; those before them tell.
        if (cause == VerifierCause.MapValueBounds
            && messages.Any(message => message.StartsWith(VerifierRules.PacketAccess, StringComparison.Ordinal)))
        {
            (cause, hint) = (VerifierCause.PacketBounds, VerifierRules.PacketBounds);
        }
        // A compiler reaches below the stack with a variable that is too large, and hardly in another way.
        if (cause == VerifierCause.StackBounds && StackOffset().Match(reason) is { Success: true } below
            && int.Parse(below.Groups[1].ValueSpan, CultureInfo.InvariantCulture) > 512)
        {
            (cause, hint) = (VerifierCause.StackTooDeep, VerifierRules.StackTooDeep);
        }
        string? helper = null;
        if (cause is VerifierCause.HelperNotAllowed or VerifierCause.KernelFunctionNotAllowed or VerifierCause.LicenseNotGpl
            or VerifierCause.ArgumentType or VerifierCause.MaySleep)
        {
            var name = FunctionName().Match(instruction?.Text ?? "") is { Success: true } called ? called.Value
                : FunctionName().Match(reason) is { Success: true } named ? named.Value : null;
            helper = cause == VerifierCause.HelperNotAllowed ? name : null;
            hint = hint.Replace("{function}", name is null ? "this function" : $"{WithoutNumber(name)}()", StringComparison.Ordinal);
        }
        return (cause, hint, helper);
    }

    /// <summary>"bpf_xdp_adjust_head" of "bpf_xdp_adjust_head#44".</summary>
    public static string WithoutNumber(string function) => function.IndexOf('#') is var mark and > 0 ? function[..mark] : function;

    private static VerifierRule? Rule(string message)
    {
        foreach (var rule in VerifierRules.All)
        {
            if (rule.Fits(message))
            {
                return rule;
            }
        }
        return null;
    }

    [GeneratedRegex(@"\boff[ =]-(\d{1,9})\b")]
    private static partial Regex StackOffset();

    // A kernel's name for a function is shorter than this by far.
    [GeneratedRegex(@"\bbpf_\w{1,120}(#\d{1,9})?")]
    private static partial Regex FunctionName();
}
