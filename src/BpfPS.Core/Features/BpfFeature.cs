namespace BpfPS;

/// <summary>Something that this kernel, this libbpf or this user can or cannot do.</summary>
public sealed class BpfFeature
{
    internal BpfFeature(BpfFeatureCategory category, string name, BpfSupport support, string? reason = null)
    {
        Category = category;
        Name = name;
        Support = support;
        Reason = reason;
    }

    /// <summary>The category of the feature.</summary>
    public BpfFeatureCategory Category { get; }

    /// <summary>Its name, as libbpf, the kernel or the system writes it.</summary>
    public string Name { get; }

    /// <summary>Yes, no, or unknown.</summary>
    public BpfSupport Support { get; }

    /// <summary>The reason for a no or unknown, or a remark on a yes; null if there is nothing to add.</summary>
    public string? Reason { get; }

    /// <summary>The version that introduced it, of Linux or (for features of libbpf) of libbpf; null if unknown.</summary>
    public Version? Since { get; internal init; }

    /// <summary>The value of a setting, an option or a mode, as the system shows it; otherwise null.</summary>
    public string? Value { get; internal init; }

    /// <summary>For a helper, the program type in question; null if the question is whether the kernel has it at all.</summary>
    public string? ProgramType { get; internal init; }

    /// <summary>For a program type, the helpers that at least some of its programs may call; otherwise empty.</summary>
    public IReadOnlyList<string> Helpers { get; internal init; } = [];

    /// <summary>Category, name and answer.</summary>
    public override string ToString() => $"{Category} {VisibleText.Escape(Name)}: {Support}";
}
