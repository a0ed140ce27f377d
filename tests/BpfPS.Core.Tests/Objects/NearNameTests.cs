namespace BpfPS.Core.Tests.Objects;

public class NearNameTests
{
    [Theory]
    [InlineData("do_nanoslep", "do_nanosleep")]
    [InlineData("syscalls/sys_enter_getppidd", "syscalls/sys_enter_getppid")]
    [InlineData("sleep", "do_nanosleep,sleep_on")]
    [InlineData("aaa", "")]
    [InlineData("zzzzzzzzzz", "")]
    [InlineData("", "")]
    public void Only_names_that_are_like_the_wanted_one_are_near_and_each_is_listed_once(string wanted, string near)
    {
        string[] known = ["a_first", "a_second", "do_nanosleep", "do_nanosleep", "sleep_on", "syscalls/sys_enter_getppid",
            "syscalls/sys_enter_getppid"];

        Assert.Equal(near.Split(',', StringSplitOptions.RemoveEmptyEntries).Order(), NearNames.Of(wanted, known, 5).Order());
    }
}
