namespace BpfPS.Records;

/// <summary>
/// Writes the bytes of one object of a record class. The addresses must have room for the parts of the class.
/// </summary>
/// <param name="record">The object.</param>
/// <param name="first">Where the record goes; for a map entry, its key.</param>
/// <param name="second">Where a map entry's value goes.</param>
public delegate void RecordEncoder(BpfRecord record, nint first, nint second);
