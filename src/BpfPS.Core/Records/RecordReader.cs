using System.Buffers.Binary;
using System.ComponentModel;
using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfPS.Records;

/// <summary>
/// The methods that decoders created at run time call for values that a single IL instruction cannot load. Public because
/// those decoders are in an assembly of their own; not meant for anyone else. Every method reads only the bytes
/// of its own member, and the caller has checked that the record is long enough.
/// </summary>
// unsafe: generated code passes an address in a record, at the offset of a member of this size.
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class RecordReader
{
    /// <summary>C's bool.</summary>
    /// <param name="data">Its address.</param>
    public static bool Boolean(nint data) => *(byte*)data != 0;

    /// <summary>unsigned __int128.</summary>
    /// <param name="data">Its address.</param>
    public static BigInteger UnsignedInteger128(nint data) => Unsafe.ReadUnaligned<UInt128>((void*)data);

    /// <summary>__int128.</summary>
    /// <param name="data">Its address.</param>
    public static BigInteger SignedInteger128(nint data) => Unsafe.ReadUnaligned<Int128>((void*)data);

    /// <summary>
    /// A time in nanoseconds of CLOCK_BOOTTIME, as local time; null for 0, which programs leave where nothing has happened yet.
    /// </summary>
    /// <param name="data">Its address.</param>
    public static DateTime? Time(nint data) =>
        Unsafe.ReadUnaligned<ulong>((void*)data) is > 0 and var nanoseconds ? KernelClock.FromBootTime(nanoseconds) : null;

    /// <summary>A duration in nanoseconds, rounded to .NET's tenth of a microsecond.</summary>
    /// <param name="data">Its address.</param>
    public static TimeSpan Duration(nint data) =>
        TimeSpan.FromTicks((long)(Unsafe.ReadUnaligned<ulong>((void*)data) / TimeSpan.NanosecondsPerTick));

    /// <summary>The systemd unit of the cgroup with this id; empty if there is none.</summary>
    /// <param name="data">The id's address.</param>
    public static string CgroupUnit(nint data) => CgroupText.FindNames(Unsafe.ReadUnaligned<ulong>((void*)data)).Unit;

    /// <summary>The name of the container of the cgroup with this id, or the beginning of its id; empty if there is none.</summary>
    /// <param name="data">The cgroup id's address.</param>
    public static string CgroupContainer(nint data) => CgroupText.FindNames(Unsafe.ReadUnaligned<ulong>((void*)data)).Container;

    /// <summary>Four bytes in network order.</summary>
    /// <param name="data">Their address.</param>
    public static IPAddress Ipv4Address(nint data) => new BpfIPAddress(new ReadOnlySpan<byte>((void*)data, 4));

    /// <summary>Sixteen bytes in network order.</summary>
    /// <param name="data">Their address.</param>
    public static IPAddress Ipv6Address(nint data) => new BpfIPAddress(new ReadOnlySpan<byte>((void*)data, 16));

    /// <summary>Sixteen bytes in network order; an IPv4 address behind the prefix ::ffff:0:0/96, as in an IPv6 socket.</summary>
    /// <param name="data">Their address.</param>
    public static IPAddress AnyAddress(nint data)
    {
        var bytes = new ReadOnlySpan<byte>((void*)data, 16);
        return new BpfIPAddress(bytes.StartsWith(AddressEncoder.MappedPrefix) ? bytes[AddressEncoder.MappedPrefix.Length..] : bytes);
    }

    /// <summary>The key of a trie of IPv4 addresses: the length of the prefix and the address.</summary>
    /// <param name="data">Its address.</param>
    public static IPNetwork Ipv4Prefix(nint data) => Prefix(data, 4);

    /// <summary>The key of a trie of IPv6 addresses: the length of the prefix and the address.</summary>
    /// <param name="data">Its address.</param>
    public static IPNetwork Ipv6Prefix(nint data) => Prefix(data, 16);

    /// <summary>The key of a trie of addresses of both families: an IPv4 address is behind the prefix ::ffff:0:0/96.</summary>
    /// <param name="data">Its address.</param>
    public static IPNetwork AnyPrefix(nint data)
    {
        var mapped = AddressEncoder.MappedPrefix;
        var length = Unsafe.ReadUnaligned<uint>((void*)data);
        var address = new ReadOnlySpan<byte>((byte*)data + sizeof(uint), 16);
        return length >= mapped.Length * 8 && address.StartsWith(mapped)
            ? Prefix(address[mapped.Length..], length - (uint)mapped.Length * 8) : Prefix(address, length);
    }

    /// <summary>Six bytes.</summary>
    /// <param name="data">Their address.</param>
    public static PhysicalAddress MacAddress(nint data) => new BpfMacAddress(new ReadOnlySpan<byte>((void*)data, 6).ToArray());

    /// <summary>0, or an errno of either sign.</summary>
    /// <param name="data">Its address.</param>
    public static BpfErrno Errno(nint data)
    {
        var value = Unsafe.ReadUnaligned<int>((void*)data);
        return (BpfErrno)(value < 0 ? -value : value);
    }

    /// <summary>UTF-8 text up to the first NUL; invalid UTF-8 becomes U+FFFD.</summary>
    /// <param name="data">The address of the array.</param>
    /// <param name="room">Its size in bytes.</param>
    public static string Text(nint data, int room)
    {
        var bytes = new ReadOnlySpan<byte>((void*)data, room);
        var end = bytes.IndexOf((byte)0);
        return end == 0 ? "" : Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>Consecutive NUL-terminated strings; the last one may lack its NUL.</summary>
    /// <param name="data">The address of the first.</param>
    /// <param name="length">The total number of bytes.</param>
    public static string[] Strings(nint data, int length)
    {
        if (length <= 0)
        {
            return [];
        }
        var bytes = new ReadOnlySpan<byte>((void*)data, length);
        if (bytes[^1] == 0)
        {
            bytes = bytes[..^1];
        }
        var strings = new string[bytes.Count((byte)0) + 1];
        for (var i = 0; i < strings.Length; i++)
        {
            var end = bytes.IndexOf((byte)0);
            strings[i] = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
            bytes = end < 0 ? default : bytes[(end + 1)..];
        }
        return strings;
    }

    /// <summary>An array of numbers.</summary>
    /// <param name="data">The address of the first.</param>
    /// <param name="count">The number of elements.</param>
    public static T[] Numbers<T>(nint data, int count) where T : unmanaged =>
        count <= 0 ? [] : new ReadOnlySpan<byte>((void*)data, count * sizeof(T)).ToArray<T>();

    /// <summary>A number of elements, and no more than there can be.</summary>
    /// <param name="data">The address of the number.</param>
    /// <param name="most">The number of places.</param>
    public static int Count(nint data, int most) => (int)Math.Min(Unsafe.ReadUnaligned<uint>((void*)data), (uint)most);

    /// <summary>Sixteen bytes as a UUID, the first byte first.</summary>
    /// <param name="data">Their address.</param>
    public static Guid Uuid(nint data) => new(new ReadOnlySpan<byte>((void*)data, 16), bigEndian: true);

    /// <summary>Up to 64 bits that start anywhere in a byte.</summary>
    /// <param name="data">The address of the byte with the first bit.</param>
    /// <param name="bitOffset">The first bit's number in that byte.</param>
    /// <param name="bits">The number of bits.</param>
    /// <param name="extendsSign">1 to extend the highest bit as a sign.</param>
    public static long Bits(nint data, int bitOffset, int bits, int extendsSign)
    {
        // Only bytes with some of the bits are read, because the next ones may be outside the record.
        UInt128 whole = 0;
        var bytes = (bitOffset + bits + 7) / 8;
        for (var i = 0; i < bytes; i++)
        {
            var index = BitConverter.IsLittleEndian ? i : bytes - 1 - i;
            whole |= (UInt128)((byte*)data)[index] << (8 * i);
        }
        var shift = BitConverter.IsLittleEndian ? bitOffset : bytes * 8 - bitOffset - bits;
        var value = (ulong)(whole >> shift);
        var unused = 64 - bits;
        return extendsSign != 0 ? (long)(value << unused) >> unused : (long)(value << unused >> unused);
    }

    /// <summary>A 16-bit number in network order.</summary>
    /// <param name="value">The number as loaded.</param>
    public static ushort Swap16(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    /// <summary>A 32-bit number in network order.</summary>
    /// <param name="value">The number as loaded.</param>
    public static uint Swap32(uint value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    /// <summary>A 64-bit number in network order.</summary>
    /// <param name="value">The number as loaded.</param>
    public static ulong Swap64(ulong value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    /// <summary>The bits after the prefix are not part of the entry, and IPNetwork rejects them.</summary>
    private static IPNetwork Prefix(ReadOnlySpan<byte> bytes, uint given)
    {
        var length = (int)Math.Min(given, (uint)bytes.Length * 8);
        Span<byte> address = stackalloc byte[bytes.Length];
        bytes.CopyTo(address);
        for (var i = 0; i < address.Length; i++)
        {
            address[i] &= (byte)(0xff00 >> Math.Clamp(length - i * 8, 0, 8));
        }
        return new IPNetwork(new BpfIPAddress(address), length);
    }

    private static IPNetwork Prefix(nint data, int size) =>
        Prefix(new ReadOnlySpan<byte>((byte*)data + sizeof(uint), size), Unsafe.ReadUnaligned<uint>((void*)data));

    private static T[] ToArray<T>(this ReadOnlySpan<byte> bytes) where T : unmanaged
    {
        var numbers = GC.AllocateUninitializedArray<T>(bytes.Length / sizeof(T));
        bytes.CopyTo(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return numbers;
    }
}
