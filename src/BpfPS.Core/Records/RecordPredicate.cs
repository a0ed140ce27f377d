namespace BpfPS.Records;

/// <summary>Whether a record's bytes meet a condition.</summary>
/// <param name="data">The address of the record, which has at least the minimum size of its class.</param>
/// <param name="length">The record's length.</param>
public delegate bool RecordPredicate(nint data, int length);
