namespace BpfPS.Expressions;

/// <summary>What code of an expression asks of lists.</summary>
internal static class Lists
{
    /// <summary>Whether a list has an element that equals a value.</summary>
    public static bool Contain<T>(T[] list, object? value, IValueRules rules, bool ignoreCase)
    {
        foreach (var element in list)
        {
            if (rules.AreEqual(element, value, ignoreCase))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>An element, counted from the end if the index is negative; nothing where there is none.</summary>
    public static object? Element<T>(T[] list, int index)
    {
        var at = index < 0 ? index + list.Length : index;
        return at >= 0 && at < list.Length ? list[at] : null;
    }
}
