namespace BpfPS.Features;

/// <summary>Finds a name of libbpf as users write it: in any case, with or without underscores and the kernel's prefix.</summary>
internal static class FeatureNames
{
    private const int FewNames = 5;

    private static readonly string[] s_prefixes = ["bpfprogtype", "bpfmaptype", "bpffunc", "bpf"];

    public static bool AreSame(string left, string right) => Plain(left) == Plain(right);

    /// <summary>The name that the user means.</summary>
    /// <param name="names">All names, each with its alternative names.</param>
    /// <param name="name">What the user wrote.</param>
    /// <param name="what">The kind of name, such as "map type".</param>
    /// <exception cref="BpfException">There is no such name; the error lists similar ones.</exception>
    public static string Find(IEnumerable<(string Name, IReadOnlyList<string> Others)> names, string name, string what)
    {
        var all = names.ToArray();
        var plain = Plain(name);
        foreach (var candidate in s_prefixes.Where(prefix => plain.StartsWith(prefix, StringComparison.Ordinal))
            .Select(prefix => plain[prefix.Length..]).Prepend(plain))
        {
            if (all.FirstOrDefault(known =>
                Plain(known.Name) == candidate || known.Others.Any(other => Plain(other) == candidate)).Name is { } found)
            {
                return found;
            }
        }
        var bound = Math.Max(plain.Length / 2, 1);
        var near = all.Select(known => (known.Name, Distance: Distance(Plain(known.Name), plain))).Where(known => known.Distance <= bound)
            .OrderBy(known => known.Distance).Take(FewNames).Select(known => known.Name).ToArray();
        throw new BpfException(BpfErrorKind.InvalidArgument, $"Unknown {what} '{VisibleText.Escape(name)}'.",
            $"{(near.Length > 0 ? $"Similar names: {string.Join(", ", near)}. " : "")}Press Tab to complete a name.");
    }

    // "usdt", "kprobe.multi" and "tcx/ingress" are words from section names.
    private static string Plain(string text) => string.Concat(text.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    /// <summary>How many letters differ; a name that contains the other one counts as similar.</summary>
    private static int Distance(string known, string wanted)
    {
        if (wanted.Length > 0 && known.Contains(wanted, StringComparison.Ordinal))
        {
            return 0;
        }
        var row = Enumerable.Range(0, wanted.Length + 1).ToArray();
        for (var i = 1; i <= known.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= wanted.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (known[i - 1] == wanted[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[wanted.Length];
    }
}
