namespace BpfPS.Records;

/// <summary>A class created at run time, and the methods that create its objects.</summary>
/// <param name="Type">The class.</param>
/// <param name="Decode">Creates an object from bytes.</param>
/// <param name="Fields">Its properties, in order; a map entry's value members come after those of its key.</param>
/// <param name="MinimumLength">The minimum size of the last part in bytes; a decoder reads that many without a check.</param>
/// <param name="Parts">The shapes of the class: one for an event, key and value for a map entry.</param>
/// <param name="Encode">Writes an object's bytes; null if the members alone do not determine them.</param>
public sealed record RecordClass(
    Type Type, RecordDecoder Decode, IReadOnlyList<Field> Fields, int MinimumLength, IReadOnlyList<StructShape> Parts,
        RecordEncoder? Encode)
{
    /// <summary>
    /// For a per-CPU map, computes the totals of the values; null for other maps, and if the values are not numbers.
    /// </summary>
    public PerCpuTotals? Totals { get; init; }

    /// <summary>The property with the process id of the user stacks, or null.</summary>
    public string? ProcessIdProperty { get; } = Fields.FirstOrDefault(field => field.Meaning == FieldMeaning.ProcessId)?.Name;

    /// <summary>The properties that are stack ids.</summary>
    public IReadOnlyList<Field> StackFields { get; } =
        Fields.Where(field => field.Meaning is FieldMeaning.KernelStack or FieldMeaning.UserStack).ToArray();
}
