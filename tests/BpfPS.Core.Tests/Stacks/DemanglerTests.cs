using BpfPS.Native;
using BpfPS.Stacks;

namespace BpfPS.Core.Tests.Stacks;

public class DemanglerTests
{
    [Theory]
    [InlineData("_ZN3foo3barEi", "foo::bar(int)")]
    [InlineData("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write")]
    public void Mangled_names_become_readable(string name, string expected)
    {
        Assert.SkipUnless(DwflDemangle.IsAvailable, "this machine has no libstdc++.so.6");
        Assert.Equal(expected, Demangler.Demangle(name));
    }

    [Theory]
    [InlineData("main")]
    [InlineData("_Z")]
    [InlineData("_Zzzzzz\x1b[31m")]
    [InlineData("")]
    public void Other_names_stay_as_they_are(string name) => Assert.Equal(name, Demangler.Demangle(name));

    [Fact]
    public void A_name_of_absurd_length_is_left_alone()
    {
        var name = "_Z" + new string('P', 1_000_000);

        Assert.Equal(name, Demangler.Demangle(name));
    }
}
