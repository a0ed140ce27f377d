using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfPS.Verifier;

/// <summary>Finds the cause of a rejection from the kernel's messages, and advice for the author of the program.</summary>
internal static partial class VerifierHints
{
    // If the same instructions occur this often, the program has a loop and is not just long.
    private const int LoopRounds = 8;

    /// <summary>
    /// Finds the cause: the first rule that fits the reason, otherwise one that fits an earlier message, otherwise the kernel's
    /// report.
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
        // Since Linux 7.3, the last message is the same for packets and other memory, so the messages before it decide.
        if (cause == VerifierCause.MapValueBounds
            && messages.Any(message => message.StartsWith(VerifierRules.PacketAccess, StringComparison.Ordinal)))
        {
            (cause, hint) = (VerifierCause.PacketBounds, VerifierRules.PacketBounds);
        }
        // Compiled code accesses addresses below the stack almost only if a variable is too large.
        if (cause == VerifierCause.StackBounds && StackOffset().Match(reason) is { Success: true } below
            && int.Parse(below.Groups[1].ValueSpan, CultureInfo.InvariantCulture) > 512)
        {
            (cause, hint) = (VerifierCause.StackTooDeep, VerifierRules.StackTooDeep);
        }
        string? helper = null;
        if (cause is VerifierCause.HelperNotAllowed or VerifierCause.KernelFunctionNotAllowed or VerifierCause.LicenseNotGpl
            or VerifierCause.ArgumentType or VerifierCause.MaySleep)
        {
            var name = FunctionName().Match(instruction?.Text ?? "") is { Success: true } called
                ? called.Value
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

    // The kernel's function names are much shorter than this.
    [GeneratedRegex(@"\bbpf_\w{1,120}(#\d{1,9})?")]
    private static partial Regex FunctionName();
}
