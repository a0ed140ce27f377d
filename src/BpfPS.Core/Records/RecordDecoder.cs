namespace BpfPS.Records;

/// <summary>Makes one object of a record class. The addresses must hold as many bytes as the class's parts say.</summary>
/// <param name="first">The record; for a map entry, its key.</param>
/// <param name="second">A map entry's value.</param>
/// <param name="length">How many bytes the last part has, for members that go to the record's end.</param>
internal delegate BpfRecord RecordDecoder(nint first, nint second, int length);
