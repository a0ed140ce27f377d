using BpfPS.Features;

namespace BpfPS.Core.Tests.Features;

public class FeatureNameTests
{
    private static readonly (string, IReadOnlyList<string>)[] s_names =
        [("lpm_trie", []), ("hash", []), ("lru_hash", []), ("trace_kprobe_multi", ["kprobe.multi"]), ("tcx_ingress", ["tcx/ingress"]),
            ("map_lookup_elem", [])];

    [Theory]
    [InlineData("lpm_trie", "lpm_trie")]
    [InlineData("LpmTrie", "lpm_trie")]
    [InlineData("LPMTRIE", "lpm_trie")]
    [InlineData("BPF_MAP_TYPE_LPM_TRIE", "lpm_trie")]
    [InlineData("Hash", "hash")]
    [InlineData("kprobe.multi", "trace_kprobe_multi")]
    [InlineData("TraceKprobeMulti", "trace_kprobe_multi")]
    [InlineData("BPF_TRACE_KPROBE_MULTI", "trace_kprobe_multi")]
    [InlineData("tcx/ingress", "tcx_ingress")]
    [InlineData("bpf_map_lookup_elem", "map_lookup_elem")]
    [InlineData("BPF_FUNC_map_lookup_elem", "map_lookup_elem")]
    public void Names_are_taken_as_people_write_them(string written, string meant)
    {
        Assert.Equal(meant, FeatureNames.Find(s_names, written, "name"));
    }

    [Theory]
    [InlineData("hsh", "hash")]
    [InlineData("lookup", "map_lookup_elem")]
    [InlineData("lpmtree", "lpm_trie")]
    public void A_name_that_is_none_is_an_error_that_says_which_are_near(string written, string near)
    {
        var error = Assert.Throws<BpfException>(() => FeatureNames.Find(s_names, written, "map type"));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("Unknown map type", error.Message);
        Assert.Contains(near, error.Remedy);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\e[31m")]
    [InlineData("nothinglikeit")]
    public void A_name_that_none_is_like_is_an_error_that_names_none(string written)
    {
        var error = Assert.Throws<BpfException>(() => FeatureNames.Find(s_names, written, "map type"));

        Assert.Equal("Press Tab to complete a name.", error.Remedy);
        Assert.DoesNotContain('\e', error.Message);
    }
}
