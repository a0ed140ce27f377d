namespace BpfPS.Records;

/// <summary>The comparison of a member with a value.</summary>
public enum FilterOperator
{
    /// <summary>Equal; text is compared ignoring case.</summary>
    Equal,
    /// <summary>Not equal.</summary>
    NotEqual,
    /// <summary>Less.</summary>
    Less,
    /// <summary>Less or equal.</summary>
    LessOrEqual,
    /// <summary>Greater.</summary>
    Greater,
    /// <summary>Greater or equal.</summary>
    GreaterOrEqual,
    /// <summary>Text that matches a regular expression, ignoring case.</summary>
    Match,
    /// <summary>Text that does not match a regular expression.</summary>
    NotMatch,
}
