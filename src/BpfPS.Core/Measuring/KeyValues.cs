using System.Collections;

namespace BpfPS.Measuring;

/// <summary>The values of a key that are objects, each with a number. Lists are equal if their elements are.</summary>
/// <param name="limit">The most values that are taken.</param>
internal sealed class KeyValues(int limit)
{
    private static readonly object s_nothing = new();

    private readonly Dictionary<object, int> _numbers = new(new Comparer());

    /// <summary>The number of a value; -1 if it is new, and no more are taken.</summary>
    public int NumberOf(object? value)
    {
        if (_numbers.TryGetValue(value ?? s_nothing, out var number))
        {
            return number;
        }
        if (_numbers.Count >= limit)
        {
            return -1;
        }
        _numbers.Add(value ?? s_nothing, _numbers.Count);
        return _numbers.Count - 1;
    }

    /// <summary>Forgets all values.</summary>
    public void Clear() => _numbers.Clear();

    private sealed class Comparer : IEqualityComparer<object>
    {
        bool IEqualityComparer<object>.Equals(object? one, object? other) =>
            StructuralComparisons.StructuralEqualityComparer.Equals(one, other);

        int IEqualityComparer<object>.GetHashCode(object value)
        {
            if (value is not Array list)
            {
                return value.GetHashCode();
            }
            var hash = new HashCode();
            foreach (var element in list)
            {
                hash.Add(element);
            }
            return hash.ToHashCode();
        }
    }
}
