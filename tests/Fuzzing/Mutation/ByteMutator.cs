using System.Buffers.Binary;

namespace BpfPS.Fuzzing.Mutation;

/// <summary>Changes bytes: bits, numbers, ranges, and parts of other inputs.</summary>
internal static class ByteMutator
{
    // Around what sizes, signs and counts turn at.
    private static readonly ulong[] s_numbers = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff,
        0x10000, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffff8, 0xffffffff, 0x100000000, 0x7fffffffffffffff,
        0x8000000000000000, 0xfffffffffffffff8, 0xffffffffffffffff];

    /// <summary>A number at which programs go wrong.</summary>
    public static ulong Number(Random random) => s_numbers[random.Next(s_numbers.Length)];

    /// <summary>Changes something once.</summary>
    /// <param name="input">The bytes.</param>
    /// <param name="other">Another input, parts of which can be taken.</param>
    /// <param name="words">What inputs of this kind are made of.</param>
    /// <param name="random">What is drawn from.</param>
    public static byte[] Mutate(byte[] input, byte[] other, IReadOnlyList<byte[]> words, Random random)
    {
        if (input.Length == 0)
        {
            return other.Length > 0 ? other : [(byte)random.Next(256)];
        }
        var at = random.Next(input.Length);
        switch (random.Next(words.Count > 0 ? 12 : 10))
        {
            case 0:
                return Changed(input, copy => copy[at] ^= (byte)(1 << random.Next(8)));
            case 1:
                return Changed(input, copy => copy[at] = (byte)random.Next(256));
            case 2 or 3:
                return Changed(input, copy => WriteNumber(copy, at, Number(random), random));
            case 4:
                return Changed(input, copy => Add(copy, at, random));
            case 5:
                return Replace(input, at, Length(random, input.Length - at), []);
            case 6: // once more, there or elsewhere
                return Replace(input, random.Next(input.Length + 1), 0, input.AsSpan(at, Length(random, input.Length - at)));
            case 7:
                return Changed(input, copy => copy.AsSpan(at, Length(random, input.Length - at)).Fill((byte)Number(random)));
            case 8 when other.Length > 0: // a part of another
                var from = random.Next(other.Length);
                var part = other.AsSpan(from, Length(random, other.Length - from));
                return Replace(input, at, random.Next(2) == 0 ? 0 : Math.Min(part.Length, input.Length - at), part);
            case 8 or 9: // the head of one and the tail of another
                var tail = Math.Min(other.Length, random.Next(2) == 0 ? at : random.Next(other.Length + 1));
                return [.. input.AsSpan(0, at), .. other.AsSpan(tail)];
            default:
                var word = words[random.Next(words.Count)];
                return Replace(input, at, random.Next(2) == 0 ? 0 : Math.Min(word.Length, input.Length - at), word);
        }
    }

    /// <summary>The input with a range replaced.</summary>
    public static byte[] Replace(ReadOnlySpan<byte> input, int at, int count, ReadOnlySpan<byte> by) =>
        [.. input[..at], .. by, .. input[(at + count)..]];

    /// <summary>Writes a number over what is there, in a size and byte order that are drawn.</summary>
    public static void WriteNumber(Span<byte> bytes, int at, ulong number, Random random)
    {
        var size = 1 << random.Next(4);
        at = random.Next(2) == 0 ? at & -size : at;
        Span<byte> eight = stackalloc byte[sizeof(ulong)];
        if (random.Next(4) > 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(eight, number);
            eight[..Math.Min(size, bytes.Length - at)].CopyTo(bytes[at..]);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(eight, number);
            eight[^Math.Min(size, bytes.Length - at)..].CopyTo(bytes[at..]);
        }
    }

    private static void Add(Span<byte> bytes, int at, Random random)
    {
        if (bytes.Length < sizeof(uint))
        {
            bytes[at]++;
            return;
        }
        at = Math.Min(at & ~3, bytes.Length - sizeof(uint));
        var difference = (uint)random.Next(-16, 17);
        if (random.Next(4) > 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) + difference);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[at..], BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]) + difference);
        }
    }

    // Mostly short, and now and then up to all there is.
    private static int Length(Random random, int most) => Math.Min(most, random.Next(8) == 0 ? random.Next(most + 1) : 1 << random.Next(7));

    private static byte[] Changed(byte[] input, Action<byte[]> change)
    {
        var copy = input.ToArray();
        change(copy);
        return copy;
    }
}
