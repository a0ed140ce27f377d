using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Generation;

/// <summary>
/// A filter, split at its -and: what the kernel can decide is decided there. The reader decides the whole filter again of what is left, so
/// that its answer does not hang on a program which sends some events without asking.
/// </summary>
/// <param name="Parts">The parts, in the order in which they were written.</param>
/// <param name="Image">An object file with the parts for the kernel, to be linked with the program; null if there are none.</param>
internal sealed record KernelFilter(IReadOnlyList<BpfFilterPart> Parts, byte[]? Image)
{
    /// <summary>Splits a filter.</summary>
    /// <param name="condition">The filter.</param>
    /// <param name="recordClass">The class of the events.</param>
    /// <param name="rules">The rules of the language that it is written in.</param>
    /// <param name="hook">Where the program asks it; null if it does not ask.</param>
    /// <exception cref="BpfException">A member does not exist.</exception>
    public static KernelFilter Split(ExpressionNode condition, RecordClass recordClass, IValueRules rules, FilterHook? hook)
    {
        if (hook is null)
        {
            return Nowhere(condition, "the program does not ask a filter; those made with bpfps.h do");
        }
        var translator = new FilterTranslator(recordClass, rules);
        var (parts, tests) = (new List<BpfFilterPart>(), new List<KernelTest>());
        foreach (var part in Parted(condition))
        {
            try
            {
                var test = translator.Test(part).Simplify();
                if (test is not ConstantTest { Answer: true })
                {
                    // Write it once, for what shows only then: that it needs too many registers.
                    _ = FilterCode.Make(hook, [test], part.Text);
                    tests.Add(test);
                }
                parts.Add(new BpfFilterPart(part.Text, null));
            }
            catch (Exception e) when (e is NotInKernelException or NotSupportedException)
            {
                parts.Add(new BpfFilterPart(part.Text, e.Message));
            }
        }
        if (tests.Count == 0)
        {
            return new KernelFilter(parts, null);
        }
        try
        {
            return new KernelFilter(parts, FilterCode.Make(hook, tests, condition.Text));
        }
        catch (NotSupportedException e)
        {
            return Nowhere(condition, e.Message);
        }
    }

    /// <summary>A filter of which nothing is decided in the kernel.</summary>
    /// <param name="condition">The filter.</param>
    /// <param name="reason">Why.</param>
    public static KernelFilter Nowhere(ExpressionNode condition, string reason) =>
        new([.. Parted(condition).Select(part => new BpfFilterPart(part.Text, reason))], null);

    /// <summary>The parts of a filter between its -and.</summary>
    public static IEnumerable<ExpressionNode> Parted(ExpressionNode node) => node is BinaryNode { Operator: Operator.And } both
        ? Parted(both.Left).Concat(Parted(both.Right)) : [node];
}
