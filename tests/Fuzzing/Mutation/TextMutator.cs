using System.Globalization;
using System.Text;

namespace BpfPS.Fuzzing.Mutation;

/// <summary>Changes text: lines, words and numbers.</summary>
internal static class TextMutator
{
    /// <summary>Changes something once, so that what surrounds it can still be read.</summary>
    public static byte[] Mutate(byte[] input, byte[] other, IReadOnlyList<byte[]> words, Random random)
    {
        if (input.Length == 0)
        {
            return ByteMutator.Mutate(input, other, words, random);
        }
        var at = random.Next(input.Length);
        switch (random.Next(6))
        {
            case 0: // a number
                var digits = Around(input, at, static octet => octet is >= (byte)'0' and <= (byte)'9');
                return ByteMutator.Replace(input, digits.Start, digits.Length, Number(random));
            case 1: // a word, by one of its kind
                var word = Around(input, at, static octet => octet is > (byte)' ' and not ((byte)',' or (byte)':' or (byte)';'));
                return ByteMutator.Replace(input, word.Start, word.Length,
                    words.Count > 0 ? words[random.Next(words.Count)] : Number(random));
            case 2: // a line, away, twice or elsewhere
                var line = Around(input, at, static octet => octet != (byte)'\n');
                var text = input.AsSpan(line.Start, line.Length).ToArray();
                return random.Next(3) switch
                {
                    0 => ByteMutator.Replace(input, line.Start, Math.Min(line.Length + 1, input.Length - line.Start), []),
                    1 => ByteMutator.Replace(input, line.Start, 0, [.. text, (byte)'\n']),
                    _ => ByteMutator.Replace(input, Around(input, random.Next(input.Length), static octet => octet != (byte)'\n').Start, 0,
                        [.. text, (byte)'\n']),
                };
            case 3 when other.Length > 0: // a line of another
                var foreign = Around(other, random.Next(other.Length), static octet => octet != (byte)'\n');
                var place = Around(input, at, static octet => octet != (byte)'\n').Start;
                return ByteMutator.Replace(input, place, 0, [.. other.AsSpan(foreign.Start, foreign.Length), (byte)'\n']);
            default:
                return ByteMutator.Mutate(input, other, words, random);
        }
    }

    private static byte[] Number(Random random)
    {
        var number = ByteMutator.Number(random);
        return Encoding.ASCII.GetBytes(random.Next(4) switch
        {
            0 => number.ToString("x", CultureInfo.InvariantCulture),
            1 => ((long)number).ToString(CultureInfo.InvariantCulture),
            2 => $"{number}{number}",
            _ => number.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>The bytes of a kind around a place; none if the one there is not of it.</summary>
    private static (int Start, int Length) Around(ReadOnlySpan<byte> input, int at, Predicate<byte> isPart)
    {
        var start = at;
        while (start > 0 && isPart(input[start - 1]))
        {
            start--;
        }
        var end = at;
        while (end < input.Length && isPart(input[end]))
        {
            end++;
        }
        return (start, end - start);
    }
}
