using System.Linq.Expressions;

namespace BpfPS.Expressions;

/// <summary>A compiled part of an expression: code that gives its value, and what is known of it before there is a record.</summary>
/// <param name="Code">The code.</param>
/// <param name="IsConstant">Whether it is a value that does not depend on the record.</param>
/// <param name="Constant">That value.</param>
/// <param name="Bytes">Where the bytes of a member's text are; null for everything else.</param>
internal sealed record Operand(Expression Code, bool IsConstant = false, object? Constant = null, TextBytes? Bytes = null)
{
    /// <summary>The .NET type of its value.</summary>
    public Type Type => Code.Type;

    /// <summary>A value that does not depend on the record.</summary>
    public static Operand Of(object? value) =>
        new(Expression.Constant(value, value?.GetType() ?? typeof(object)), IsConstant: true, value);
}

/// <summary>The bytes of text in a record, which can be compared before they become a string.</summary>
/// <param name="Address">Code that gives the address of the first byte.</param>
/// <param name="Room">The number of bytes up to which the text goes.</param>
internal sealed record TextBytes(Expression Address, int Room);
