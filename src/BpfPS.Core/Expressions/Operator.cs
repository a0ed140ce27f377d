namespace BpfPS.Expressions;

/// <summary>The operators of an expression, by PowerShell's names.</summary>
internal enum Operator
{
    And, Or, Xor, Not,
    Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual,
    Like, NotLike, Match, NotMatch,
    In, NotIn, Contains, NotContains,
    Add, Subtract, Multiply, Divide, Remainder,
    BitAnd, BitOr, BitXor, BitNot, ShiftLeft, ShiftRight,
    Negate,
}
