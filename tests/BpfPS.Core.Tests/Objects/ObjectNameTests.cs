using BpfPS.Files;

namespace BpfPS.Core.Tests.Objects;

public class ObjectNameTests
{
    [Theory]
    [InlineData("execsnoop.bpf.o", "execsnoop")]
    [InlineData("/a/b.d/execsnoop.bpf.o", "execsnoop")]
    [InlineData("./slow-timer.bpf.c", "slow-timer")]
    [InlineData("plain.o", "plain")]
    [InlineData("plain.c", "plain")]
    [InlineData("two.bpf.bpf.o", "two.bpf")]
    [InlineData("noending", "noending")]
    [InlineData("dir.o/noending", "noending")]
    [InlineData(".bpf.o", ".bpf")]
    [InlineData(".o", ".o")]
    [InlineData("UPPER.BPF.O", "UPPER.BPF.O")]
    public void An_object_is_called_like_its_file_without_the_ending(string path, string expected) =>
        Assert.Equal(expected, ObjectFile.NameOf(path));
}
