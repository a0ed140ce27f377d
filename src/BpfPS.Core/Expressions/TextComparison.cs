using System.Globalization;
using System.Text;

namespace BpfPS.Expressions;

/// <summary>
/// Compares the text of a record with a text that is known before. Text of printable ASCII characters, which nearly all is, is compared
/// byte by byte where it lies; other text as strings, by the rules of the invariant culture.
/// </summary>
/// <param name="wanted">The text.</param>
/// <param name="ignoreCase">Whether case does not matter.</param>
// unsafe: the caller has checked that the record is as long as its struct, and the text is a member of it.
internal sealed unsafe class TextComparison(string wanted, bool ignoreCase)
{
    private const byte FirstPrintable = 0x20, LastPrintable = 0x7e;

    private readonly byte[]? _bytes = wanted.All(c => c is >= (char)FirstPrintable and <= (char)LastPrintable)
        ? Encoding.ASCII.GetBytes(ignoreCase ? wanted.ToLowerInvariant() : wanted) : null;

    /// <summary>Whether the text of a record is equal.</summary>
    /// <param name="address">The address of its first byte.</param>
    /// <param name="room">The number of bytes up to which it goes; a NUL ends it.</param>
    public bool IsEqual(nint address, int room)
    {
        var text = new ReadOnlySpan<byte>((void*)address, room);
        var end = text.IndexOf((byte)0);
        text = end < 0 ? text : text[..end];
        if (_bytes is null || text.ContainsAnyExceptInRange(FirstPrintable, LastPrintable))
        {
            return AreEqual(Encoding.UTF8.GetString(text), wanted, ignoreCase);
        }
        return ignoreCase ? Ascii.EqualsIgnoreCase(text, _bytes) : text.SequenceEqual(_bytes);
    }

    /// <summary>Whether there is any text.</summary>
    /// <param name="address">The address of its first byte.</param>
    public static bool IsTrue(nint address) => *(byte*)address != 0;

    /// <summary>Whether two texts are equal.</summary>
    public static bool AreEqual(string left, string right, bool ignoreCase) => Compare(left, right, ignoreCase) == 0;

    /// <summary>The order of two texts, negative when the left one comes first.</summary>
    public static int Compare(string left, string right, bool ignoreCase) =>
        CultureInfo.InvariantCulture.CompareInfo.Compare(left, right, ignoreCase ? CompareOptions.IgnoreCase : CompareOptions.None);
}
