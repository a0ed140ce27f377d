namespace BpfPS.Core.Tests.Objects;

/// <summary>The rules for paths of pins that need no mount.</summary>
public class PinPathTests
{
    [Theory]
    [InlineData("/tmp/pin")]
    [InlineData("/tmp")]
    [InlineData("/")]
    [InlineData("/sys/fs/bpf/../pin")]
    [InlineData("../pin")]
    [InlineData("../../../etc/passwd")]
    [InlineData("a/../../pin")]
    [InlineData("/proc/self/root/tmp/pin")]
    [InlineData("/no/such/place")]
    [InlineData("/sys/fs/bpf")]
    [InlineData("/sys/fs/bpf/")]
    [InlineData("")]
    [InlineData(".")]
    public void A_place_that_is_not_below_the_BPF_file_system_is_refused(string path)
    {
        var error = Assert.Throws<BpfException>(() => BpfFileSystem.ResolvePin(path));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Equal($"'{path}' is not a valid path for a pin. Pins must be in a BPF file system, below /sys/fs/bpf.", error.Message);
        Assert.NotNull(error.Remedy);
    }

    [Fact]
    public void A_path_with_a_NUL_is_a_clear_error()
    {
        var error = Assert.Throws<BpfException>(() => BpfFileSystem.ResolvePin("/sys/fs/bpf/a\0b"));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("NUL", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hostile_path_is_shown_escaped() =>
        Assert.Contains(@"'/tmp/\e[2J'", Assert.Throws<BpfException>(() => BpfFileSystem.ResolvePin("/tmp/\u001b[2J")).Message,
            StringComparison.Ordinal);
}
