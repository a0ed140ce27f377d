namespace BpfPS;

/// <summary>The flags of maps as text: the kernel's names, with or without BPF_F_, in any case.</summary>
public static class BpfMapFlagNames
{
    private const string Prefix = "BPF_F_";

    /// <summary>All names, in lower case and without the prefix.</summary>
    public static IEnumerable<string> All =>
        Enum.GetNames<BpfMapFlags>().Where(name => name != nameof(BpfMapFlags.None)).Select(name => name.ToLowerInvariant());

    /// <summary>The kernel's name for a flag.</summary>
    /// <param name="name">One of <see cref="All"/>.</param>
    public static string KernelNameOf(string name) => Prefix + name.ToUpperInvariant();

    /// <summary>Parses the names of flags.</summary>
    /// <param name="names">The names.</param>
    /// <exception cref="BpfException">A name is not a flag.</exception>
    public static BpfMapFlags Parse(IEnumerable<string> names) => names.Aggregate(BpfMapFlags.None, (flags, name) => flags | Parse(name));

    private static BpfMapFlags Parse(string name)
    {
        var plain = name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? name[Prefix.Length..] : name;
        return All.Contains(plain, StringComparer.OrdinalIgnoreCase) ? Enum.Parse<BpfMapFlags>(plain, ignoreCase: true)
            : throw new BpfException(BpfErrorKind.InvalidArgument, $"Unknown map flag '{VisibleText.Escape(name)}'.",
                $"Use one of: {string.Join(", ", All)}.");
    }
}
