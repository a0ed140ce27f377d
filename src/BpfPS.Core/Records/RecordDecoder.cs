namespace BpfPS.Records;

/// <summary>Creates one object of a record class. The addresses must have as many bytes as the parts of the class.</summary>
/// <param name="first">The record; for a map entry, its key.</param>
/// <param name="second">A map entry's value.</param>
/// <param name="length">The size of the last part in bytes, for members that extend to the record's end.</param>
public delegate BpfRecord RecordDecoder(nint first, nint second, int length);
