namespace BpfPS.Records;

/// <summary>A class made at run time, and the way to make its objects.</summary>
/// <param name="Type">The class.</param>
/// <param name="Decode">Makes an object from bytes.</param>
/// <param name="Fields">Its properties, in order; a map entry's value members come after those of its key.</param>
/// <param name="MinimumLength">How many bytes the last part must have at least; a decoder reads as many without asking.</param>
public sealed record RecordClass(Type Type, RecordDecoder Decode, IReadOnlyList<Field> Fields, int MinimumLength)
{
    /// <summary>The property that holds the process id to which user stacks belong, or null.</summary>
    public string? ProcessIdProperty { get; } = Fields.FirstOrDefault(field => field.Meaning == FieldMeaning.ProcessId)?.Name;

    /// <summary>The properties that are stack ids.</summary>
    public IReadOnlyList<Field> StackFields { get; } =
        Fields.Where(field => field.Meaning is FieldMeaning.KernelStack or FieldMeaning.UserStack).ToArray();
}
