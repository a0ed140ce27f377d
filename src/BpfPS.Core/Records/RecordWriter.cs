using System.ComponentModel;
using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfPS.Records;

/// <summary>
/// The methods that encoders created at run time call: the counterpart of <see cref="RecordReader"/>, for those values that
/// determine all of their bytes. Public because those encoders are in an assembly of their own.
/// </summary>
// unsafe: generated code passes an address in a record, at the offset of a member of this size.
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class RecordWriter
{
    /// <summary>Whether there is a method for a value.</summary>
    /// <param name="shape">The shape of the value.</param>
    internal static bool CanWrite(ReadShape shape) => typeof(RecordWriter).GetMethod(shape.Reader) is not null;

    /// <summary>unsigned __int128.</summary>
    /// <param name="value">The value.</param>
    /// <param name="data">The address to write to.</param>
    public static void UnsignedInteger128(BigInteger value, nint data)
    {
        NumberEncoder.RequireRange(value, 128, false, "unsigned __int128");
        Unsafe.WriteUnaligned((void*)data, (UInt128)value);
    }

    /// <summary>__int128.</summary>
    /// <param name="value">The value.</param>
    /// <param name="data">The address to write to.</param>
    public static void SignedInteger128(BigInteger value, nint data)
    {
        NumberEncoder.RequireRange(value, 128, true, "__int128");
        Unsafe.WriteUnaligned((void*)data, (Int128)value);
    }

    /// <summary>Four bytes in network order.</summary>
    /// <param name="value">The address; null for 0.0.0.0.</param>
    /// <param name="data">The address to write to.</param>
    public static void Ipv4Address(IPAddress? value, nint data) => Address(value, data, 4);

    /// <summary>Sixteen bytes in network order.</summary>
    /// <param name="value">The address; null for ::.</param>
    /// <param name="data">The address to write to.</param>
    public static void Ipv6Address(IPAddress? value, nint data) => Address(value, data, 16);

    /// <summary>Sixteen bytes in network order; an IPv4 address behind the prefix ::ffff:0:0/96.</summary>
    /// <param name="value">The address; null for ::.</param>
    /// <param name="data">The address to write to.</param>
    public static void AnyAddress(IPAddress? value, nint data) => Address(value?.MapToIPv6(), data, 16);

    /// <summary>Six bytes.</summary>
    /// <param name="value">The address; null for zeros.</param>
    /// <param name="data">The address to write to.</param>
    public static void MacAddress(PhysicalAddress? value, nint data) => Copy(value?.GetAddressBytes(), data, 6, "a MAC address");

    /// <summary>An array of numbers.</summary>
    /// <param name="value">The numbers; null for zeros.</param>
    /// <param name="data">The address to write to.</param>
    /// <param name="count">The required number.</param>
    public static void Numbers<T>(T[]? value, nint data, int count) where T : unmanaged
    {
        var destination = new Span<byte>((void*)data, count * sizeof(T));
        if (value is null)
        {
            destination.Clear();
            return;
        }
        RequireCount(value.Length, count);
        MemoryMarshal.AsBytes(value.AsSpan()).CopyTo(destination);
    }

    /// <summary>Throws if an array does not have as many elements as in C.</summary>
    /// <param name="count">The number of elements.</param>
    /// <param name="wanted">The required number.</param>
    public static void RequireCount(int count, int wanted)
    {
        if (count != wanted)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"An array has {count} elements, but must have {wanted}.");
        }
    }

    private static void Address(IPAddress? value, nint data, int size) =>
        Copy(value?.GetAddressBytes(), data, size, size == 4 ? "an IPv4 address" : "an IPv6 address");

    private static void Copy(byte[]? bytes, nint data, int size, string what)
    {
        var destination = new Span<byte>((void*)data, size);
        if (bytes is null)
        {
            destination.Clear();
            return;
        }
        if (bytes.Length != size)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"{what} must have {size} bytes, but the value has {bytes.Length}.");
        }
        bytes.CopyTo(destination);
    }
}
