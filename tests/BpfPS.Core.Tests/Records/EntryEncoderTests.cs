using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

/// <summary>What is read from a map and written back is the same bytes, but for what was changed.</summary>
public class EntryEncoderTests
{
    [Fact]
    public void Random_structs_with_random_bytes_come_back_as_the_same_bytes()
    {
        var (exact, kept) = (0, 0);
        for (var round = 0; round < Fuzz.Count(200); round++)
        {
            var random = new Random(round);
            var made = new RandomStruct(random);
            var recordClass = Class(made.Types, made.Type);
            var bytes = new byte[4 + made.Size];
            random.NextBytes(bytes);

            Assert.Equal(bytes, Encode(recordClass, Decode(recordClass, bytes)));
            _ = recordClass.Encode is null ? kept++ : exact++;
        }
        Assert.True(exact > 2 && kept > 10, $"{exact} structs were written by their members alone, {kept} with what their members do not say");
    }

    [Fact]
    public void A_member_that_is_changed_changes_its_own_bytes_and_no_others()
    {
        var (recordClass, bytes) = Everything();
        var entry = Decode(recordClass, bytes);
        Set(entry, "number", 0x01020304u);
        var changed = Encode(recordClass, entry);

        Assert.Equal([4, 3, 2, 1], changed[4..8]);
        Assert.Equal(bytes[8..], changed[8..]);
    }

    [Fact]
    public void A_union_is_written_by_the_member_that_was_changed()
    {
        foreach (var (member, value, expected) in ((string, object, byte[])[])[("whole", 0xaabbccddu, [0xdd, 0xcc, 0xbb, 0xaa]), ("halves", new ushort[] { 1, 2 }, [1, 0, 2, 0])])
        {
            var (recordClass, bytes) = Everything();
            var entry = Decode(recordClass, bytes);
            Set(entry, member, value);

            Assert.Equal(expected, Encode(recordClass, entry)[12..16]);
        }
    }

    [Fact]
    public void What_is_behind_a_texts_NUL_stays_unless_the_text_is_changed()
    {
        var (recordClass, bytes) = Everything();
        var entry = Decode(recordClass, bytes);
        Assert.Equal("ab", Decoded.Get(entry, "text"));
        Assert.Equal(bytes[16..24], Encode(recordClass, entry)[16..24]);
        Set(entry, "text", "xyz");

        Assert.Equal([(byte)'x', (byte)'y', (byte)'z', 0, 0, 0, 0, 0], Encode(recordClass, entry)[16..24]);
    }

    [Fact]
    public void An_object_that_was_never_read_is_written_by_its_members()
    {
        var (recordClass, _) = Everything();
        var entry = (BpfRecord)Activator.CreateInstance(recordClass.Type)!;
        Set(entry, "key", 5u);
        Set(entry, "text", "new");

        Assert.Equal([5, 0, 0, 0, .. new byte[12], (byte)'n', (byte)'e', (byte)'w', 0, 0, 0, 0, 0], Encode(recordClass, entry));
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused_and_one_that_just_fits_is_not()
    {
        var (recordClass, bytes) = Everything();
        var entry = Decode(recordClass, bytes);
        Set(entry, "text", "12345678");
        Assert.Equal("12345678"u8, Encode(recordClass, entry).AsSpan(16, 8));
        Set(entry, "text", "123456789");

        Assert.Contains("it has 9 bytes, but there is only room for 8", Assert.Throws<BpfException>(() => Encode(recordClass, entry)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_struct_or_list_that_is_missing_is_refused()
    {
        var btf = new BtfBuilder();
        var u32 = btf.Int("unsigned int", 4);
        var inner = btf.Struct("inner", 4, new Member("a", u32, 0));
        var type = btf.Struct("exact", 12, new Member("inner", inner, 0), new Member("list", btf.Array(u32, 2), 32));
        var recordClass = Class(btf.Parse(), type);
        Assert.NotNull(recordClass.Encode);
        var entry = Decode(recordClass, new byte[16]);
        Set(entry, "list", new uint[] { 1, 2, 3 });
        Assert.Contains("3 elements, but must have 2", Assert.Throws<BpfException>(() => Encode(recordClass, entry)).Message, StringComparison.Ordinal);
        entry = Decode(recordClass, new byte[16]);
        Set(entry, "inner", null);

        Assert.Equal(BpfErrorKind.InvalidArgument, Assert.Throws<BpfException>(() => Encode(recordClass, entry)).Kind);
    }

    /// <summary>A number, four bytes of padding that are not zero, a union, and a text with something behind its NUL.</summary>
    private static (RecordClass, byte[]) Everything()
    {
        var btf = new BtfBuilder();
        var (u32, u16) = (btf.Int("unsigned int", 4), btf.Int("unsigned short", 2));
        var either = btf.Union("", 4, new Member("whole", u32, 0), new Member("halves", btf.Array(u16, 2), 0));
        var type = btf.Struct("everything", 20, new Member("number", u32, 0), new Member("", either, 64), new Member("text", btf.Array(btf.Int("char", 1), 8), 96));
        return (Class(btf.Parse(), type), [9, 0, 0, 0, 1, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, (byte)'a', (byte)'b', 0, 0xff, 7, 7, 7, 7]);
    }

    private static RecordClass Class(BtfTypes types, uint type) =>
        RecordClasses.ForEntry(RecordClasses.Numbers(typeof(uint), 4, 1, "key"), RecordClasses.Part(types, type, "value"));

    private static void Set(object record, string member, object? value) => record.GetType().GetProperty(member)!.SetValue(record, value);

    private static BpfRecord Decode(RecordClass recordClass, byte[] bytes)
    {
        using var key = new GuardedBytes(bytes[..4]);
        using var value = new GuardedBytes(bytes[4..]);
        var record = recordClass.Decode(key.Address, value.Address, bytes.Length - 4);
        record.Original = recordClass.Encode is null ? bytes : null;
        return record;
    }

    private static byte[] Encode(RecordClass recordClass, BpfRecord record)
    {
        var bytes = new byte[recordClass.Parts.Sum(part => part.Size)];
        using var context = new EncodeContext();
        EntryEncoder.Encode(recordClass, record, bytes.AsSpan(0, 4), bytes.AsSpan(4), context);
        return bytes;
    }
}
