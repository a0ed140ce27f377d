using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Measuring;

/// <summary>
/// One of the values that events are grouped by: how a record's value becomes bytes, of which equal ones mean the same group.
/// </summary>
/// <param name="layout">What kind of bytes they are: streams whose layouts agree can share groups.</param>
/// <param name="room">The most bytes that it writes.</param>
// unsafe: the caller has checked that the record is as long as its struct, that its members are in it, and that the key has room.
internal abstract unsafe class KeyPart(string layout, int room)
{
    /// <summary>What kind of bytes they are.</summary>
    public string Layout => layout;

    /// <summary>The most bytes that it writes.</summary>
    public int Room => room;

    /// <summary>Writes the bytes of a record's value.</summary>
    /// <returns>How many they are; -1 if the value is a new one, and no more of them are taken.</returns>
    public abstract int Write(nint data, int length, byte* to);

    /// <summary>The part for a value, with the least work that tells its values apart.</summary>
    /// <param name="value">The value.</param>
    /// <param name="known">The values met so far, where they are objects.</param>
    public static KeyPart Of(RecordValue value, KeyValues known) => value.Place switch
    {
        { Shape: TextShape text, Offset: var offset } => new TextPart((int)offset, (int)text.Size),
        { Shape: ScalarShape { Swap: false } or EnumShape, Type: var type, Offset: var offset }
            when type != typeof(float) && type != typeof(double) => new BytesPart(type, (int)offset, (int)value.Place.Shape.Size),
        { Shape: ReadShape { Reader: nameof(RecordReader.Ipv4Address) or nameof(RecordReader.Ipv6Address) or nameof(RecordReader.AnyAddress)
            or nameof(RecordReader.MacAddress) } read, Offset: var offset } => new BytesPart(read.Clr, (int)offset, (int)read.Size),
        _ => value.ToNumber() is { } number ? new NumberPart(value.Type, number) : new ObjectPart(value.Type, value.ToObject(), known),
    };

    /// <summary>Text up to its NUL, which is written too, so that what follows it is not taken for more of it.</summary>
    private sealed class TextPart(int offset, int size) : KeyPart("text", size + 1)
    {
        public override int Write(nint data, int length, byte* to)
        {
            var text = new ReadOnlySpan<byte>((byte*)data + offset, Room - 1);
            var end = text.IndexOf((byte)0);
            end = end < 0 ? text.Length : end;
            text[..end].CopyTo(new Span<byte>(to, end));
            to[end] = 0;
            return end + 1;
        }
    }

    /// <summary>A member of which equal values have equal bytes.</summary>
    private sealed class BytesPart(Type type, int offset, int size) : KeyPart($"bytes of {type}", size)
    {
        public override int Write(nint data, int length, byte* to)
        {
            new ReadOnlySpan<byte>((byte*)data + offset, Room).CopyTo(new Span<byte>(to, Room));
            return Room;
        }
    }

    /// <summary>A number, which is the same in every type that can hold it.</summary>
    private sealed class NumberPart(Type type, RecordNumber read) : KeyPart($"number of {type}", 1 + sizeof(long))
    {
        private const double MostExact = 1L << 53;

        private enum Kind : byte { Nothing, Whole, BeyondSigned, Real }

        public override int Write(nint data, int length, byte* to)
        {
            var number = read(data, length);
            var (kind, bits) = number switch
            {
                { IsNothing: true } => (Kind.Nothing, 0L),
                { IsReal: false, Whole: var whole } =>
                    (whole > long.MaxValue ? Kind.BeyondSigned : Kind.Whole, unchecked((long)(ulong)whole)),
                // Within these bounds a whole number is the same as a double.
                { Real: >= -MostExact and <= MostExact and var real } when Math.Floor(real) == real => (Kind.Whole, (long)real),
                _ => (Kind.Real, BitConverter.DoubleToInt64Bits(number.Real)),
            };
            to[0] = (byte)kind;
            *(long*)(to + 1) = bits;
            return 1 + sizeof(long);
        }
    }

    /// <summary>Anything else, by the number of its value among those met so far.</summary>
    private sealed class ObjectPart(Type type, RecordObject read, KeyValues known) : KeyPart($"{type}", sizeof(int))
    {
        public override int Write(nint data, int length, byte* to)
        {
            var number = known.NumberOf(read(data, length));
            *(int*)to = number;
            return number < 0 ? -1 : sizeof(int);
        }
    }
}

