using System.Globalization;
using System.Numerics;
using BpfPS.Core.Tests.Support;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

/// <summary>Numbers from text: strictly, and alike in each culture.</summary>
public sealed class NumberTextTests : IDisposable
{
    private readonly CultureInfo _culture = CultureInfo.CurrentCulture;

    public void Dispose() => CultureInfo.CurrentCulture = _culture;

    public static TheoryData<string> Cultures => ["", "en-US", "de-DE", "fr-FR", "sv-SE", "ar-SA", "hi-IN", "de-CH"];

    [Theory]
    [MemberData(nameof(Cultures))]
    public void A_number_in_PowerShells_notation_is_the_same_in_every_culture(string culture)
    {
        CultureInfo.CurrentCulture = new CultureInfo(culture);

        Assert.Equal(1.5, Real("1.5"));
        Assert.Equal(-2e10, Real("-2e10"));
        Assert.Equal(1500, Real(" 1500 "));
        Assert.Equal(-42, Whole("-42"));
        Assert.Equal(4294967295, Whole("0xFFFFFFFF"));
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public void What_a_culture_writes_is_read_again_in_that_culture(string culture)
    {
        CultureInfo.CurrentCulture = new CultureInfo(culture);
        foreach (var real in (double[])[1.5, -0.25, 1e300, double.Epsilon, 123456789.125])
        {
            Assert.Equal(real, Real(real.ToString(CultureInfo.CurrentCulture)));
        }
        foreach (var whole in (long[])[7, -7, long.MaxValue, long.MinValue])
        {
            Assert.Equal(whole, Whole(whole.ToString(CultureInfo.CurrentCulture)));
        }
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public void Digits_are_never_grouped(string culture)
    {
        CultureInfo.CurrentCulture = new CultureInfo(culture);
        var isDecimalComma = CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator == ",";

        Assert.Equal(isDecimalComma ? 1.5 : null, Real("1,5"));
        foreach (var text in (string[])["1,500,000", "1.500.000", "1 500", "1'500", "1\u00a0500", "1\u202f500", "1,500.25", "", " ", "1..5",
            "0x1p3", "(5)", "$5", "5-"])
        {
            Assert.Null(Real(text));
            Assert.Null(Whole(text));
        }
        foreach (var text in (string[])["1,5", "1.5", "1.0", "1e3", "0x", "0x-1", "-0x1", "0x1_0", "NaN"])
        {
            Assert.Null(Whole(text));
        }
    }

    [Fact]
    public void A_filter_compares_text_as_PowerShell_does_in_a_culture_with_a_comma()
    {
        CultureInfo.CurrentCulture = new CultureInfo("de-DE");
        var btf = new BtfBuilder();
        var type = btf.Struct("shown", 8, new Member("name", btf.Array(btf.Int("char", 1), 8), 0));
        var made = RecordClasses.ForEvent(btf.Parse(), type);
        bool Matches(byte[] bytes)
        {
            using var record = new GuardedBytes(bytes);
            return PlainRules.Compare(made, "name", Operator.Equal, 1.5)(record.Address, bytes.Length);
        }

        Assert.True(Matches([.. "1.5"u8, 0, 0, 0, 0, 0]));
        Assert.False(Matches([.. "1,5"u8, 0, 0, 0, 0, 0]));
    }

    private static double? Real(string text) => NumberText.TryReadReal(text, out var number) ? number : null;

    private static BigInteger? Whole(string text) => NumberText.TryReadWhole(text, out var number) ? number : null;
}
