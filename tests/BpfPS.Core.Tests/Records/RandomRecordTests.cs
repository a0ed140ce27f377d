using System.Globalization;
using System.Numerics;
using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

public class RandomRecordTests
{
    [Fact]
    public void Random_structs_with_random_bytes_have_every_number_in_its_place()
    {
        var numbers = 0;
        for (var round = 0; round < Fuzz.Count(60); round++)
        {
            var random = new Random(round);
            var made = new RandomStruct(random);
            var bytes = new byte[made.Size];
            random.NextBytes(bytes);
            var record = Decoded.Event(made.Types, made.Type, bytes);
            foreach (var (path, expected) in made.Numbers(bytes))
            {
                var actual = BigInteger.Parse(Convert.ToString(Follow(record, path), CultureInfo.InvariantCulture)!,
                    CultureInfo.InvariantCulture);
                Assert.True(expected == actual, $"round {round}, {path}: {expected} expected, {actual} read");
                numbers++;
            }
            Assert.NotEmpty(record.ToString());
        }
        Assert.True(numbers > 1000, $"only {numbers} numbers were compared");
    }

    [Fact]
    public void Damaged_structs_are_refused_or_read_only_their_own_bytes()
    {
        var (read, refused) = (0, 0);
        for (var round = 0; round < Fuzz.Count(400); round++)
        {
            var random = new Random(round);
            var btf = new BtfBuilder();
            var type = AnyStruct(btf, random);
            RecordClass made;
            try
            {
                made = RecordClasses.ForEvent(BtfTypes.Parse(Fuzz.Mutate(random, btf.ToArray())), type);
            }
            catch (BpfException)
            {
                refused++;
                continue;
            }
            // What a class reaches for is looked at before it reads: a read outside would end the test run, and say nothing.
            foreach (var field in made.Fields)
            {
                var end = field.Shape is BitFieldShape bits ? (long)field.Offset + (bits.BitOffset + bits.Bits + 7) / 8
                    : (long)field.Offset + field.Shape.Size;
                Assert.True(end <= made.MinimumLength, $"round {round}: {field} ends at {end}, beyond {made.MinimumLength}");
            }
            if (made.MinimumLength < 1 << 20)
            {
                var bytes = new byte[made.MinimumLength + random.Next(9)];
                random.NextBytes(bytes);
                Assert.NotNull(Decoded.Event(made, bytes).ToString());
                read++;
            }
        }
        Assert.True(read > 50 && refused > 50, $"{read} read, {refused} refused");
    }

    private static uint AnyStruct(BtfBuilder btf, Random random)
    {
        var (u32, s64, text) = (btf.Int("unsigned int", 4), btf.Int("long", 8, signed: true), btf.Array(btf.Int("char", 1), 16));
        var inner = btf.Struct("inner", 16, new Member("a", u32, 0), new Member("b", s64, 64));
        var either = btf.Union("", 8, new Member("number", s64, 0), new Member("pointer", btf.Pointer(inner), 0));
        var colour = btf.Enum("colour", 4, true, ("RED", -1), ("BLUE", 7));
        var time = btf.Typedef("bpfps_time_t", btf.Int("unsigned long long", 8));
        var tail = random.Next(2) == 0 ? btf.Array(u32, 0) : btf.Typedef("bpfps_strings_t", btf.Array(btf.Int("char", 1), 0));
        var old = btf.Int("int", 4, signed: true, bits: 5);
        return btf.Struct("any", 120, new Member("number", u32, 0), new Member("inner", inner, 64), new Member("", either, 192),
            new Member("text", text, 256),
            new Member("colour", colour, 384), new Member("time", time, 448), new Member("old", old, 512),
                new Member("inners", btf.Array(inner, 3), 544), new Member("tail", tail, 960));
    }

    private static object? Follow(object record, string path)
    {
        object? value = record;
        foreach (var step in path.Replace("[", ".[", StringComparison.Ordinal).Split('.'))
        {
            value = step[0] == '[' ? ((Array)value!).GetValue(int.Parse(step[1..^1], CultureInfo.InvariantCulture))
                : Decoded.Get(value!, step);
        }
        return value;
    }
}
