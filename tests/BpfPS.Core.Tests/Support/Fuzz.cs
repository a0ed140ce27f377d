using System.Globalization;

namespace BpfPS.Core.Tests.Support;

/// <summary>How long tests with random data go on. They are seeded: the same count gives the same run.</summary>
internal static class Fuzz
{
    /// <summary>How many rounds; BPFPS_FUZZ_COUNT sets it.</summary>
    public static int Count(int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable("BPFPS_FUZZ_COUNT"), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count : otherwise;

    /// <summary>A copy with a few bytes changed: bits, whole bytes, or words of numbers that often break parsers.</summary>
    public static byte[] Mutate(Random random, ReadOnlySpan<byte> original)
    {
        uint[] awkward = [0, 1, 2, 0x7f, 0xff, 0xffff, 0xffffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];
        var bytes = original.ToArray();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(3))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                default:
                    at &= ~3;
                    if (at + 4 <= bytes.Length)
                    {
                        BitConverter.TryWriteBytes(bytes.AsSpan(at), awkward[random.Next(awkward.Length)]);
                    }
                    break;
            }
        }
        return bytes;
    }
}
