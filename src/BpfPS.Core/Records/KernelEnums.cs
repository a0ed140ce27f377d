using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>
/// Enums whose values have other numbers in other kernels, so that only the running one can name them. They are injected, because records
/// do not read any file themselves.
/// </summary>
internal static class KernelEnums
{
    /// <summary>Finds an enum of the running kernel by its tag; null if it has none, or no BTF. Set once.</summary>
    public static Func<string, BtfEnum?> Find { get; set; } = _ => null;

    /// <summary>The shape of a value of such an enum: its names, or a number if this kernel does not have it.</summary>
    /// <param name="tag">The enum's tag.</param>
    /// <param name="prefix">What the names begin with that need not be shown.</param>
    public static FieldShape Shape(string tag, string prefix) => Find(tag) is { Size: 4 } found
        ? new EnumShape(new BtfEnum(0, found.Kind, tag, found.Size, found.IsSigned,
            [.. found.Values.Select(value => KeyValuePair.Create(Short(value.Key, prefix), value.Value))]))
        : new ScalarShape(typeof(uint), 4);

    private static string Short(string name, string prefix) =>
        name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
}
