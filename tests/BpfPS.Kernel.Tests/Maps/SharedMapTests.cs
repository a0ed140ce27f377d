using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>Maps that are pinned by name (LIBBPF_PIN_BY_NAME).</summary>
public sealed class SharedMapTests : IClassFixture<NothingLeft>, IDisposable
{
    private const string Pin = $"{BpfFileSystem.Root}/bpfps_shared";

    public SharedMapTests() => Dispose();

    public void Dispose()
    {
        if (File.Exists(Pin))
        {
            File.Delete(Pin);
        }
    }

    [Fact]
    public void A_second_object_shares_the_map_of_the_first()
    {
        Live.Require();
        using var first = Live.TestProgram("shared");
        var id = first.Map("bpfps_shared").Id;
        Assert.Equal(id, Bpftool.Json("map", "show", "pinned", Pin).GetProperty("id").GetUInt32());
        using (var second = Live.TestProgram("shared"))
        {
            Assert.Equal(id, second.Map("bpfps_shared").Id);
            Live.Getppid();
        }
        Live.Getppid();

        Assert.Equal(3UL, BitConverter.ToUInt64(Assert.Single(Bpftool.Dump(id)).Value)); // both programs counted the first call
    }

    [Fact]
    public void One_that_is_defined_differently_is_refused_with_the_difference()
    {
        Live.Require();
        Bpftool.Run("map", "create", Pin, "type", "hash", "key", "4", "value", "16", "entries", "5", "name", "bpfps_shared");
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() => Live.TestProgram("shared"));

        Assert.Contains("its type is hash, but the object defines array; its value_size is 16, but the object defines 8; "
            + "its max_entries is 5, but the object defines 1", error.Message, StringComparison.Ordinal);
        Assert.Equal((BpfAdvice.RemovePin, Pin), (error.Advice, error.AdviceArgument));
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void Another_type_of_the_same_size_is_another_map()
    {
        Live.Require();
        var session = Guid.NewGuid();
        BpfMap.Create(new BpfMapDefinition { Name = "bpfps_shared", Type = "array", ValueType = "struct { u32 low; u32 high; }",
            MaxEntries = 1, Session = session }).Pin(Pin);
        BpfSession.StopAll(session);

        Assert.Contains("its value is { low: u32 at 0; high: u32 at 4 }, but the object defines { value: u64 at 0 }",
            Assert.Throws<BpfException>(() => Live.TestProgram("shared")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_start_that_fails_takes_its_pin_away_again()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["taken"], "type", "array", "key", "4", "value", "4", "entries", "1", "name", "taken");
        Assert.Throws<BpfException>(() =>
            BpfObjectStarter.Start(Repository.TestProgram("shared"), new BpfStartOptions { PinPath = pins["taken/below"] }));

        Assert.False(File.Exists(Pin));
    }
}
