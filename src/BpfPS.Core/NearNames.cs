namespace BpfPS;

/// <summary>Finds the names that a user may have meant.</summary>
internal static class NearNames
{
    /// <summary>
    /// The most similar names, the closest first: only those that differ in less than a third of their letters, or that begin or
    /// end the same way.
    /// </summary>
    /// <param name="wanted">The name that the user wrote.</param>
    /// <param name="known">The names that exist.</param>
    /// <param name="most">The largest number of names to return.</param>
    public static IReadOnlyList<string> Of(string wanted, IEnumerable<string> known, int most)
    {
        var bound = Math.Max(wanted.Length / 3, 1);
        var near = new List<(int Distance, string Name)>();
        foreach (var name in known.Distinct())
        {
            if (Math.Abs(name.Length - wanted.Length) <= bound && Distance(wanted, name, bound) is var distance && distance <= bound)
            {
                near.Add((distance, name));
            }
            else if (wanted.Length >= 4
                && (name.EndsWith(wanted, StringComparison.OrdinalIgnoreCase)
                || name.StartsWith(wanted, StringComparison.OrdinalIgnoreCase)))
            {
                near.Add((bound + 1, name));
            }
        }
        return near.OrderBy(entry => entry.Distance).ThenBy(entry => entry.Name.Length).ThenBy(entry => entry.Name, StringComparer.Ordinal)
            .Take(most).Select(entry => entry.Name).ToArray();
    }

    /// <summary>
    /// How many letters have to be inserted, removed, changed, or swapped with the next one. Counting stops above
    /// <paramref name="bound"/>.
    /// </summary>
    private static int Distance(string one, string other, int bound)
    {
        var earlier = new int[other.Length + 1];
        var before = Enumerable.Range(0, other.Length + 1).ToArray();
        var now = new int[other.Length + 1];
        for (var i = 1; i <= one.Length; i++)
        {
            now[0] = i;
            var least = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var change = before[j - 1] + (Same(one[i - 1], other[j - 1]) ? 0 : 1);
                now[j] = Math.Min(change, Math.Min(before[j], now[j - 1]) + 1);
                if (i > 1 && j > 1 && Same(one[i - 1], other[j - 2]) && Same(one[i - 2], other[j - 1]))
                {
                    now[j] = Math.Min(now[j], earlier[j - 2] + 1);
                }
                least = Math.Min(least, now[j]);
            }
            if (least > bound)
            {
                return least;
            }
            (earlier, before, now) = (before, now, earlier);
        }
        return before[other.Length];
    }

    private static bool Same(char one, char other) => char.ToLowerInvariant(one) == char.ToLowerInvariant(other);
}
