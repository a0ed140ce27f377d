using System.Text;
using BpfPS.Stacks;

namespace BpfPS.Core.Tests.Stacks;

public class ProcessIdentityTests
{
    private const string Rest = "1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 9 9 9";

    [Theory]
    [InlineData("sh")]
    [InlineData("a) S 1 (b")]
    [InlineData(") ) )")]
    [InlineData("")]
    public void The_start_time_is_found_whatever_the_command_is_called(string command) =>
        Assert.Equal(123456ul, Parse($"77 ({command}) S {Rest}\n"));

    [Fact]
    public void A_zombie_has_ended() => Assert.Null(Parse($"77 (sh) Z {Rest}\n"));

    [Theory]
    [InlineData("")]
    [InlineData("77")]
    [InlineData("77 (sh)")]
    [InlineData("77 (sh) S 1 2 3")]
    public void A_text_that_is_cut_off_is_no_process(string text) => Assert.Null(Parse(text));

    private static ulong? Parse(string text) => ProcessIdentity.ParseStartTime(Encoding.UTF8.GetBytes(text));
}
