namespace BpfPS.Expressions;

/// <summary>What a script block says of a record, as a tree. Its meaning is PowerShell's: types are found when it is compiled.</summary>
/// <param name="Text">The text that the user wrote for it, for messages.</param>
internal abstract record ExpressionNode(string Text);

/// <summary>The record itself ($_).</summary>
internal sealed record RecordNode(string Text) : ExpressionNode(Text);

/// <summary>A value that does not depend on the record.</summary>
/// <param name="Value">The value, without PowerShell's wrapping; a list is an array.</param>
/// <param name="Text">The text that the user wrote for it.</param>
internal sealed record ConstantNode(object? Value, string Text) : ExpressionNode(Text);

/// <summary>A member of a record or of a value: <c>$_.source.port</c>, <c>$_.comm.Length</c>.</summary>
/// <param name="Target">What has the member.</param>
/// <param name="Name">Its name, in any case.</param>
/// <param name="Text">The text that the user wrote for it.</param>
internal sealed record MemberNode(ExpressionNode Target, string Name, string Text) : ExpressionNode(Text);

/// <summary>An element of an array: <c>$_.args[0]</c>.</summary>
/// <param name="Target">The array.</param>
/// <param name="Index">The element's number; negative from the end.</param>
/// <param name="Text">The text that the user wrote for it.</param>
internal sealed record IndexNode(ExpressionNode Target, int Index, string Text) : ExpressionNode(Text);

/// <summary>A method of a value: <c>$_.comm.StartsWith('ba')</c>.</summary>
/// <param name="Target">The value.</param>
/// <param name="Name">The method's name, in any case.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Text">The text that the user wrote for it.</param>
internal sealed record CallNode(ExpressionNode Target, string Name, IReadOnlyList<ExpressionNode> Arguments, string Text)
    : ExpressionNode(Text);

/// <summary>An operator with one operand.</summary>
internal sealed record UnaryNode(Operator Operator, ExpressionNode Operand, string Text) : ExpressionNode(Text);

/// <summary>An operator with two operands.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Left">The left operand.</param>
/// <param name="Right">The right operand.</param>
/// <param name="IgnoreCase">Whether text is compared ignoring case, as it is unless the operator begins with c (-ceq).</param>
/// <param name="Text">The text that the user wrote for it.</param>
internal sealed record BinaryNode(Operator Operator, ExpressionNode Left, ExpressionNode Right, bool IgnoreCase, string Text)
    : ExpressionNode(Text);

/// <summary>The members of a record whose names match a pattern: <c>p*</c>, <c>source.*</c>.</summary>
/// <param name="Path">The pattern for the member, and for the members that it is a member of before it.</param>
/// <param name="Text">The text that the user wrote for it.</param>
internal sealed record PatternNode(IReadOnlyList<string> Path, string Text) : ExpressionNode(Text);
