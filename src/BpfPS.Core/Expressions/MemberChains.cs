namespace BpfPS.Expressions;

/// <summary>The chains of members that an expression names from a record on: of $_.file.f_inode.i_ino -gt 5 it is that one.</summary>
internal static class MemberChains
{
    /// <summary>The chains, each with the names in their order.</summary>
    public static IEnumerable<IReadOnlyList<string>> Of(ExpressionNode node) => Chain(node) is { Count: > 0 } chain ? [chain] : node switch
    {
        MemberNode member => Of(member.Target),
        IndexNode index => Of(index.Target),
        CallNode call => Of(call.Target).Concat(call.Arguments.SelectMany(Of)),
        UnaryNode unary => Of(unary.Operand),
        BinaryNode binary => Of(binary.Left).Concat(Of(binary.Right)),
        _ => [],
    };

    /// <summary>The names of members that begin at the record; null if something else is among them.</summary>
    private static List<string>? Chain(ExpressionNode node)
    {
        if (node is RecordNode)
        {
            return [];
        }
        if (node is not MemberNode member || Chain(member.Target) is not { } chain)
        {
            return null;
        }
        chain.Add(member.Name);
        return chain;
    }
}
