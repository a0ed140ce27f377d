using BpfPS.Btf;
using BpfPS.Core.Tests.Support;

namespace BpfPS.Core.Tests.Btf;

public class BtfRelocationTests
{
    private static readonly byte[] s_btf = Blob("\0text\00:1\0"u8);

    [Fact]
    public void A_relocation_has_its_type_its_access_and_its_kind()
    {
        var relocation = Assert.Single(BtfRelocations.Parse(Extension((7, 6, 0)), s_btf));

        Assert.Equal(new BtfRelocation(7, "0:1", BtfRelocationKind.FieldByteOffset), relocation);
    }

    [Fact]
    public void A_header_from_before_relocations_has_none()
    {
        var old = Extension((7, 6, 0));
        old[4] = 24;

        Assert.Empty(BtfRelocations.Parse(old, s_btf));
    }

    [Fact]
    public void A_section_cut_anywhere_is_a_clear_error()
    {
        var whole = Extension((7, 6, 0), (8, 6, 2));

        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<BtfFormatException>(() => BtfRelocations.Parse(whole.AsSpan(0, length), s_btf));
        }
        Assert.Equal(2, BtfRelocations.Parse(whole, s_btf).Count);
    }

    [Fact]
    public void Random_damage_is_relocations_or_a_clear_error()
    {
        var random = new Random(20260102);
        var whole = Extension((7, 6, 0), (8, 6, 2));
        var refused = 0;
        for (var round = Fuzz.Count(4000); round > 0; round--)
        {
            try
            {
                _ = BtfRelocations.Parse(Fuzz.Mutate(random, whole), Fuzz.Mutate(random, s_btf));
            }
            catch (BtfFormatException)
            {
                refused++;
            }
        }
        Assert.True(refused > 0);
    }

    private static byte[] Blob(ReadOnlySpan<byte> strings) => [0x9f, 0xeb, 1, 0, .. Words(24, 0, 0, 0, (uint)strings.Length), .. strings];

    /// <summary>A .BTF.ext with one section of code and its relocations.</summary>
    private static byte[] Extension(params (uint Type, uint Access, uint Kind)[] relocations)
    {
        byte[] list = [.. Words(16, 1, (uint)relocations.Length),
            .. relocations.SelectMany(entry => Words(0, entry.Type, entry.Access, entry.Kind))];
        return [0x9f, 0xeb, 1, 0, .. Words(32, 0, 0, 0, 0, 0, (uint)list.Length), .. list];
    }

    private static byte[] Words(params uint[] words) => [.. words.SelectMany(BitConverter.GetBytes)];
}
