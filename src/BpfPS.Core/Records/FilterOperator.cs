namespace BpfPS.Records;

/// <summary>How a member is compared.</summary>
public enum FilterOperator
{
    /// <summary>Equal; text without regard to case.</summary>
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
    /// <summary>Text that matches a regular expression, without regard to case.</summary>
    Match,
    /// <summary>Text that does not.</summary>
    NotMatch,
}
