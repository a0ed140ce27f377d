namespace BpfPS.Records;

/// <summary>A class made at run time, and the way to make its objects.</summary>
/// <param name="Type">The class.</param>
/// <param name="Decode">Makes an object from bytes.</param>
/// <param name="Fields">Its properties, in order; a map entry's value members come after those of its key.</param>
/// <param name="MinimumLength">How many bytes the last part must have at least; a decoder reads as many without asking.</param>
/// <param name="Parts">The shapes it was made from: one for an event, key and value for a map entry.</param>
/// <param name="Encode">Writes an object's bytes; null where its members alone do not say what they were.</param>
internal sealed record RecordClass(
    Type Type, RecordDecoder Decode, IReadOnlyList<Field> Fields, int MinimumLength, IReadOnlyList<StructShape> Parts,
        RecordEncoder? Encode)
{
    /// <summary>
    /// For a map with a value for each CPU, how the values become totals; null elsewhere, and where the values are no numbers.
    /// </summary>
    public PerCpuTotals? Totals { get; init; }

    /// <summary>The property that holds the process id to which user stacks belong, or null.</summary>
    public string? ProcessIdProperty { get; } = Fields.FirstOrDefault(field => field.Meaning == FieldMeaning.ProcessId)?.Name;

    /// <summary>The properties that are stack ids.</summary>
    public IReadOnlyList<Field> StackFields { get; } =
        Fields.Where(field => field.Meaning is FieldMeaning.KernelStack or FieldMeaning.UserStack).ToArray();
}
