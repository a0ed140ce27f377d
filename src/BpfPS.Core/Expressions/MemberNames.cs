namespace BpfPS.Expressions;

/// <summary>Which members of a record an expression looks at.</summary>
internal static class MemberNames
{
    /// <summary>Their names, as the expression has them; null if it looks at the record as a whole.</summary>
    public static IReadOnlySet<string>? Of(ExpressionNode node)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return Add(node, names) ? names : null;
    }

    private static bool Add(ExpressionNode node, HashSet<string> names)
    {
        switch (node)
        {
            case RecordNode or PatternNode:
                return false;
            case MemberNode { Target: RecordNode } member:
                names.Add(member.Name);
                return true;
            case MemberNode member:
                return Add(member.Target, names);
            case IndexNode index:
                return Add(index.Target, names);
            case CallNode call:
                if (RecordPlaces.TextOf(call) is { } text)
                {
                    names.Add(text);
                }
                return Add(call.Target, names) & call.Arguments.All(argument => Add(argument, names));
            case UnaryNode unary:
                return Add(unary.Operand, names);
            case BinaryNode binary:
                return Add(binary.Left, names) & Add(binary.Right, names);
            default:
                return true;
        }
    }
}
