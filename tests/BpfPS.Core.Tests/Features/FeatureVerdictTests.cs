using BpfPS.Features;

namespace BpfPS.Core.Tests.Features;

public sealed class FeatureVerdictTests
{
    private static readonly BpfFeature s_yes = new(BpfFeatureCategory.MapType, "hash", BpfSupport.Yes);
    private static readonly BpfFeature s_no = new(BpfFeatureCategory.Helper, "redirect_map", BpfSupport.No, "cannot call it");
    private static readonly BpfFeature s_unknown = new(BpfFeatureCategory.ProgramType, "lsm", BpfSupport.Unknown, "not permitted");

    [Fact]
    public void All_yes_is_a_yes() => Assert.True(FeatureVerdict.On([s_yes, s_yes]).IsYes());

    [Fact]
    public void One_no_is_a_no_also_after_an_unknown()
    {
        var verdict = FeatureVerdict.On([s_yes, s_unknown, s_no]);

        Assert.False(verdict.IsYes());
        Assert.Same(s_no, verdict.Decisive);
    }

    [Fact]
    public void An_unknown_without_a_no_is_an_error_with_its_reason()
    {
        var error = Assert.Throws<BpfException>(() => FeatureVerdict.On([s_unknown, s_yes]).IsYes());

        Assert.Equal("It is unknown whether lsm (ProgramType) is supported: not permitted.", error.Message);
    }
}
