namespace BpfPS.Records;

/// <summary>Whether a record's bytes meet a condition. It sees the address of the record and its length.</summary>
/// <param name="data">The address; at least as many bytes as the class's minimum.</param>
/// <param name="length">The record's length.</param>
public delegate bool RecordPredicate(nint data, int length);
