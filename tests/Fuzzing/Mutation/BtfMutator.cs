using System.Buffers.Binary;
using BpfPS.Fuzzing.Targets;

namespace BpfPS.Fuzzing.Mutation;

/// <summary>Changes types so that the header still says where they and their names are, most of the time.</summary>
internal static class BtfMutator
{
    private const int HeaderSize = 24;
    private const int TypesAt = 8, TypesLengthAt = 12, StringsAt = 16, StringsLengthAt = 20;

    /// <summary>Changes something once.</summary>
    public static byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        if (random.Next(8) == 0 || !TrySplit(input, out var types, out var strings))
        {
            return ByteMutator.Mutate(input, other, [], random);
        }
        var hasOther = TrySplit(other, out var otherTypes, out var otherStrings);
        if (random.Next(8) == 0)
        {
            strings = ByteMutator.Mutate(strings, hasOther ? otherStrings : strings, [], random);
        }
        else
        {
            types = MutateTypes(types, hasOther ? otherTypes : types, random);
        }
        var header = input.AsSpan(0, HeaderSize).ToArray();
        Write(header, TypesAt, 0);
        Write(header, TypesLengthAt, types.Length);
        Write(header, StringsAt, types.Length);
        Write(header, StringsLengthAt, strings.Length);
        return [.. header, .. types, .. strings];
    }

    /// <summary>Changes the types, or what belongs to them.</summary>
    public static byte[] MutateWithExtension(byte[] input, byte[] other, Random random)
    {
        var (types, extension) = BtfTargets.Split(input);
        var (otherTypes, otherExtension) = BtfTargets.Split(other);
        return random.Next(4) == 0 ? BtfTargets.Joined(Mutate(types, otherTypes, random), extension)
            : BtfTargets.Joined(types, ByteMutator.Mutate(extension, otherExtension, [], random));
    }

    // All that types are made of are words of four bytes, most of them small: a kind, a count, a size, the number of a type.
    private static byte[] MutateTypes(byte[] types, byte[] other, Random random)
    {
        if (types.Length < 12 || random.Next(4) == 0)
        {
            return ByteMutator.Mutate(types, other, [], random);
        }
        var at = random.Next(types.Length / 4) * 4;
        var copy = types.ToArray();
        switch (random.Next(5))
        {
            case 0: // another kind
                copy[at + 3] = (byte)(copy[at + 3] & 0x80 | random.Next(20));
                return copy;
            case 1: // another type, or another size
                Write(copy, at, random.Next(types.Length / 8));
                return copy;
            case 2: // another count
                copy[at] = (byte)random.Next(6);
                return copy;
            case 3: // whole words away
                return ByteMutator.Replace(types, at, Math.Min(types.Length - at, 4 * random.Next(1, 5)), []);
            default: // whole words in between
                var from = random.Next(Math.Max(other.Length / 4, 1)) * 4;
                return ByteMutator.Replace(types, at, 0, other.AsSpan(from, Math.Min(other.Length - from, 4 * random.Next(1, 9))));
        }
    }

    private static bool TrySplit(byte[] input, out byte[] types, out byte[] strings)
    {
        types = strings = [];
        if (input.Length < HeaderSize)
        {
            return false;
        }
        var rest = (uint)(input.Length - HeaderSize);
        var (start, length) = (Read(input, TypesAt), Read(input, TypesLengthAt));
        var (names, namesLength) = (Read(input, StringsAt), Read(input, StringsLengthAt));
        if (start > rest || length > rest - start || names > rest || namesLength > rest - names)
        {
            return false;
        }
        types = input.AsSpan(HeaderSize + (int)start, (int)length).ToArray();
        strings = input.AsSpan(HeaderSize + (int)names, (int)namesLength).ToArray();
        return true;
    }

    private static uint Read(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static void Write(Span<byte> bytes, int at, int number) => BinaryPrimitives.WriteInt32LittleEndian(bytes[at..], number);
}
