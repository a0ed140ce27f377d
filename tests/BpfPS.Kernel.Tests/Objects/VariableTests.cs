using System.Text.Json;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

public class VariableTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void Settings_have_the_defaults_of_the_source()
    {
        Machine.Require(File.Exists(Repository.TestProgram("types")), "the test programs are not built");
        var variables = BpfObjectSpec.Read(Repository.TestProgram("types")).Variables.ToDictionary(variable => variable.Name);

        Assert.Equal(["limited", "limited_signed", "list", "origin", "paint", "patience", "producer_pid", "ratio", "switched", "syscall_nr",
            "word"],
            variables.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((50u, -5L, true), (variables["limited"].Value, variables["limited_signed"].Value, variables["switched"].Value));
        Assert.Equal((TimeSpan.FromSeconds(1.5), "default", 0.5),
            (variables["patience"].Value, variables["word"].Value, variables["ratio"].Value));
        Assert.Equal(new[] { 1, -2, 3, -4 }, variables["list"].Value);
        Assert.Equal("COLOUR_GREEN", $"{variables["paint"].Value}");
        Assert.Equal("x=-7 y=8 z=-9", $"{variables["origin"].Value}");
        Assert.Equal((10, 100, "%", "A number between 10 and 100.", "__u32"),
            ((int)variables["limited"].Least!, (int)variables["limited"].Greatest!, variables["limited"].Unit, variables["limited"].Help,
                variables["limited"].Type));
        Assert.Equal((-10, 10, (string?)null),
            ((int)variables["limited_signed"].Least!, (int)variables["limited_signed"].Greatest!, variables["limited_signed"].Unit));
        Assert.Equal(("ns", "bpfps_duration_t"), (variables["patience"].Unit, variables["patience"].Type));
    }

    [Fact]
    public void What_is_set_is_what_the_kernel_has()
    {
        Live.Require();
        using var obj = Live.TestProgram("types", ("limited", 77), ("LIMITED_SIGNED", "-10"), ("switched", false),
            ("patience", TimeSpan.FromSeconds(2.5)),
            ("paint", "colour_blue"), ("word", "changed"), ("list", new[] { 5, 6, 7, -8 }), ("ratio", 0.25));
        var section = obj.Maps.Single(map => map.Name.EndsWith(".rodata", StringComparison.Ordinal));
        var values = Bpftool.Globals(section.Id, ".rodata");

        Assert.Equal((77, -10), (values["limited"].GetInt32(), values["limited_signed"].GetInt32()));
        Assert.False(Truth(values["switched"]));
        Assert.Equal(2_500_000_000, values["patience"].GetInt64());
        Assert.Equal([5, 6, 7, -8], values["list"].EnumerateArray().Select(element => element.GetInt32()));
        Assert.True(Bpftool.Dump(section.Id).Single().Value.AsSpan().IndexOf(BitConverter.GetBytes(0.25)) > 0);
        Assert.Equal("changed", obj.Variables.Single(variable => variable.Name == "word").Value);
        Assert.Equal("COLOUR_BLUE", $"{obj.Variables.Single(variable => variable.Name == "paint").Value}");
        Assert.Equal(Environment.ProcessId, values["producer_pid"].GetInt32());
    }

    [Theory]
    [InlineData("limited", 9, "is not in the range 10 to 100")]
    [InlineData("limited", 101, "is not in the range 10 to 100")]
    [InlineData("limited", -1, "must be from 0 to 4294967295")]
    [InlineData("limited", "much", "it is not a whole number")]
    [InlineData("switched", 2, "neither true nor false")]
    [InlineData("paint", "GREY", "use one of COLOUR_RED, COLOUR_GREEN, COLOUR_BLUE")]
    [InlineData("word", "sixteen letters!", "there is only room for 15")]
    [InlineData("list", 5, "it must be a list of 4 elements")]
    [InlineData("nothing", 5, "has no variable 'nothing'")]
    [InlineData("big", 5, "has no variable 'big'")]
    public void What_cannot_be_set_is_a_clear_error_and_nothing_is_loaded(string name, object value, string said)
    {
        Live.Require();
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() => Live.TestProgram("types", (name, value)));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Remedy);
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    private static bool Truth(JsonElement value) =>
        value.ValueKind == JsonValueKind.True || value.ValueKind == JsonValueKind.Number && value.GetInt32() != 0;
}
