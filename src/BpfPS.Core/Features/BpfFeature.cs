namespace BpfPS;

/// <summary>One thing that this kernel, this libbpf or this user can do, or cannot.</summary>
public sealed class BpfFeature
{
    internal BpfFeature(BpfFeatureCategory category, string name, BpfSupport support, string? reason = null)
    {
        Category = category;
        Name = name;
        Support = support;
        Reason = reason;
    }

    /// <summary>What it is a feature of.</summary>
    public BpfFeatureCategory Category { get; }

    /// <summary>Its name, in the words of libbpf, the kernel or the system.</summary>
    public string Name { get; }

    /// <summary>Yes, no, or it could not be told.</summary>
    public BpfSupport Support { get; }

    /// <summary>Why not, why it could not be told, or what to know beside a yes; null where there is nothing to say.</summary>
    public string? Reason { get; }

    /// <summary>The version that brought it: of Linux, or of libbpf for a feature of libbpf; null where it is not known.</summary>
    public Version? Since { get; internal init; }

    /// <summary>The value of a setting, an option or a mode, as the system has it; null for the rest.</summary>
    public string? Value { get; internal init; }

    /// <summary>Of a helper: the type of program that was asked about; null for "in the kernel at all".</summary>
    public string? ProgramType { get; internal init; }

    /// <summary>Of a program type: the helpers that at least some programs of it may call; empty for the rest.</summary>
    public IReadOnlyList<string> Helpers { get; internal init; } = [];

    /// <summary>Category, name and answer.</summary>
    public override string ToString() => $"{Category} {VisibleText.Escape(Name)}: {Support}";
}
