using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;

namespace BpfPS.Records;

/// <summary>Reads addresses and prefixes as users write them, and writes them as bytes in network order.</summary>
internal static class AddressEncoder
{
    /// <summary>The first bytes of an IPv4 address in the form of an IPv6 address (RFC 4291, 2.5.5.2).</summary>
    public static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

    /// <summary>
    /// The bytes, in network order, of an address given for a plain number or for bytes, because programs copy them from
    /// packets; null if the value is not an address of this size.
    /// </summary>
    public static byte[]? TryEncode(object value, uint size) => value switch
    {
        PhysicalAddress station => station.GetAddressBytes(),
        IPAddress or string when size is 4 or 16 => Parse(value)?.GetAddressBytes(),
        _ => null,
    } is { } bytes && bytes.Length == size ? bytes : null;

    /// <summary>Writes an IP address; its family is that of the size of the destination.</summary>
    public static void EncodeAddress(string type, object value, Span<byte> destination)
    {
        var octets = Parse(value)?.GetAddressBytes();
        if (octets is null || octets.Length != destination.Length)
        {
            throw ValueErrors.Misfit(value, type, "it is not an address of this family");
        }
        octets.CopyTo(destination);
    }

    /// <summary>Writes an IP address of either family in sixteen bytes.</summary>
    public static void EncodeAnyAddress(string type, object value, Span<byte> destination) =>
        (Parse(value) ?? throw ValueErrors.Misfit(value, type, "it is not an IP address")).MapToIPv6().GetAddressBytes()
            .CopyTo(destination);

    /// <summary>Writes a MAC address.</summary>
    public static void EncodeMac(string type, object value, Span<byte> destination)
    {
        var mac = value as PhysicalAddress
            ?? (PhysicalAddress.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture)?.ToUpperInvariant()
            .Replace(':', '-'), out var parsed) ? parsed : null);
        if (mac?.GetAddressBytes() is not { Length: 6 } station)
        {
            throw ValueErrors.Misfit(value, type, "it is not a MAC address such as 02:00:5e:10:00:ff");
        }
        station.CopyTo(destination);
    }

    /// <summary>
    /// Writes the key of a trie: the length, and the address with its host bits zero. A plain address is a prefix of full length.
    /// </summary>
    public static void EncodePrefix(string type, object value, Span<byte> destination)
    {
        var bytes = destination.Length - sizeof(uint);
        var (address, length) = Prefix(value, bytes);
        var octets = address?.GetAddressBytes();
        if (octets is null || octets.Length != bytes || length < 0 || length > bytes * 8)
        {
            throw ValueErrors.Misfit(value, type, bytes == 4 ? "it is not an IPv4 prefix" : "it is not an IPv6 prefix");
        }
        WritePrefix(octets, length, destination);
    }

    /// <summary>The same for a trie of addresses of both families, whose bytes are those of IPv6.</summary>
    public static void EncodeAnyPrefix(string type, object value, Span<byte> destination)
    {
        var (address, length) = Prefix(value, null);
        var octets = address?.GetAddressBytes();
        if (octets is null || length < 0 || length > octets.Length * 8)
        {
            throw ValueErrors.Misfit(value, type, "it is not a prefix of IP addresses");
        }
        WritePrefix(address!.MapToIPv6().GetAddressBytes(), length + (octets.Length == 4 ? MappedPrefix.Length * 8 : 0), destination);
    }

    private static void WritePrefix(byte[] octets, int length, Span<byte> destination)
    {
        for (var i = 0; i < octets.Length; i++)
        {
            var kept = Math.Clamp(length - i * 8, 0, 8);
            destination[sizeof(uint) + i] = (byte)(octets[i] & 0xff00 >> kept);
        }
        BitConverter.TryWriteBytes(destination, (uint)length);
    }

    /// <summary>Whether text is a prefix, or an address, of the family whose addresses have this many bytes.</summary>
    public static bool IsPrefix(string text, uint bytes) =>
        Prefix(text, (int)bytes) is ({ } address, >= 0 and var length) && address.GetAddressBytes().Length == bytes && length <= bytes * 8;

    private static (IPAddress?, int) Prefix(object value, int? bytes)
    {
        if (value is IPNetwork given)
        {
            return (given.BaseAddress, given.PrefixLength);
        }
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        var slash = text.IndexOf('/');
        return slash < 0
            ? Parse(text) is var address ? (address, (bytes ?? address?.GetAddressBytes().Length ?? 0) * 8) : default
            : int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                ? (Parse(text[..slash]), length) : (null, -1);
    }

    /// <summary>
    /// Reads an address, but not "5", "10.1" or "010.0.0.1", which IPAddress.TryParse takes for 0.0.0.5, 10.0.0.1 and 8.0.0.1.
    /// </summary>
    private static IPAddress? Parse(object value) =>
        value as IPAddress ?? (Convert.ToString(value, CultureInfo.InvariantCulture) is { } text && IPAddress.TryParse(text, out var parsed)
            && (parsed.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? text.Contains(':') : text == parsed.ToString())
                ? parsed : null);
}
