using BpfPS.Records;

namespace BpfPS.Expressions;

/// <summary>A place in a record with its shape and the .NET type of the property that it becomes.</summary>
/// <param name="Shape">Its shape; null for the whole record.</param>
/// <param name="Type">The type.</param>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="Meaning">What it means beyond its type.</param>
internal sealed record RecordPlace(FieldShape? Shape, Type Type, uint Offset, FieldMeaning Meaning = FieldMeaning.None);
