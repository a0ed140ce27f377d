using System.Collections;
using System.Globalization;

namespace BpfPS.Packets;

/// <summary>Reads packets as users write them: bytes, hexadecimal text, lists of numbers, or lists of these.</summary>
internal static class PacketBytes
{
    /// <summary>Reads one or more packets.</summary>
    /// <param name="data">A packet, or a list of packets. A list of numbers is one packet.</param>
    /// <exception cref="BpfException">Something is neither a packet nor a byte of one.</exception>
    public static IReadOnlyList<byte[]> Parse(object data) => data is IEnumerable list and not (byte[] or string or IDictionary)
        && list.Cast<object?>().ToArray() is var items && !Array.TrueForAll(items, IsInteger)
        ? [.. items.Select(ParseOne)] : [ParseOne(data)];

    private static byte[] ParseOne(object? item) => item switch
    {
        byte[] packet => packet,
        string text => HexText.Parse(text),
        IEnumerable list and not IDictionary => [.. list.Cast<object?>().Select(ParseByte)],
        _ => throw Misfit(item),
    };

    private static bool IsInteger(object? item) => item is sbyte or byte or short or ushort or int or uint or long or ulong;

    private static byte ParseByte(object? item)
    {
        var number = IsInteger(item) || item is float or double or decimal
            ? Convert.ToDouble(item, CultureInfo.InvariantCulture) : throw Misfit(item);
        return number is >= byte.MinValue and <= byte.MaxValue && number == Math.Truncate(number) ? (byte)number : throw Misfit(item);
    }

    private static BpfException Misfit(object? data) => new(BpfErrorKind.InvalidArgument,
        $"'{VisibleText.Escape(Convert.ToString(data, CultureInfo.InvariantCulture) ?? "")}' is neither a packet nor a byte of one.",
        "Give a byte array, hexadecimal text, or a list of these.");
}
