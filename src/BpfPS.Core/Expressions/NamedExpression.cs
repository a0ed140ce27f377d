namespace BpfPS.Expressions;

/// <summary>A member or calculated value of records, with the name that it has in results.</summary>
/// <param name="Name">The name.</param>
/// <param name="Expression">What it is of a record.</param>
internal sealed record NamedExpression(string Name, ExpressionNode Expression);
