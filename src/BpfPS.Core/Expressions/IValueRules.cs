namespace BpfPS.Expressions;

/// <summary>
/// What the user's language does with values of different types. The engine knows no PowerShell: the cmdlets hand its rules in, so that an
/// expression on a record's bytes has the answer that it has on the object.
/// </summary>
internal interface IValueRules
{
    /// <summary>Converts a value as an operator converts its right operand to the type of the left.</summary>
    /// <returns>False if it cannot be converted.</returns>
    bool TryConvert(object? value, Type type, out object? result);

    /// <summary>A value as text.</summary>
    string TextOf(object? value);

    /// <summary>Whether a value counts as true.</summary>
    bool IsTrue(object? value);

    /// <summary>Whether two values are equal, the right one converted to the type of the left.</summary>
    bool AreEqual(object? left, object? right, bool ignoreCase);

    /// <summary>The order of two values, negative when the left one comes first.</summary>
    /// <exception cref="BpfException">They have no order.</exception>
    int Compare(object? left, object? right, bool ignoreCase);

    /// <summary>Whether text matches a pattern with wildcards.</summary>
    Func<string, bool> Wildcard(string pattern, bool ignoreCase);

    /// <summary>Whether text matches a regular expression.</summary>
    /// <exception cref="BpfException">It is none.</exception>
    Func<string, bool> Regex(string pattern, bool ignoreCase);
}
