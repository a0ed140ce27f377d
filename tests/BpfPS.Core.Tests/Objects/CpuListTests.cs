using BpfPS.Host;

namespace BpfPS.Core.Tests.Objects;

public class CpuListTests
{
    [Theory]
    [InlineData("0\n", new[] { 0 })]
    [InlineData("0-3\n", new[] { 0, 1, 2, 3 })]
    [InlineData("0,2-4,8,10-11", new[] { 0, 2, 3, 4, 8, 10, 11 })]
    [InlineData("\n", new int[0])]
    public void A_list_is_read_as_the_kernel_writes_it(string list, int[] expected) => Assert.Equal(expected, CpuList.Parse(list));

    [Fact]
    public void This_machines_lists_are_those_of_its_folders()
    {
        // The witness: a folder for each CPU that is present.
        var folders = Directory.GetDirectories("/sys/devices/system/cpu", "cpu*").Select(Path.GetFileName)
            .Count(name => name![3..].All(char.IsAsciiDigit));

        Assert.True(CpuList.PossibleCount >= folders);
        Assert.InRange(CpuList.Online().Count, 1, folders);
    }
}
