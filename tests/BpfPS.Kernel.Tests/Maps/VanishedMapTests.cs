using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>Maps whose owner goes.</summary>
public class VanishedMapTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void A_map_whose_owner_was_stopped_before_it_is_read_is_a_clear_error()
    {
        Live.Require();
        BpfMap map, byId;
        using (var obj = Live.TestProgram("types"))
        {
            map = obj.Map("by_number");
            byId = BpfMap.FromId(map.Id);
        }
        WaitUntilGone(map.Id);
        foreach (var gone in (BpfMap[])[map, byId])
        {
            var error = Assert.Throws<BpfException>(() => new BpfMapReader(gone));
            Assert.Equal(BpfErrorKind.Vanished, error.Kind);
            Assert.Equal($"The kernel has no BPF map with id {map.Id}.", error.Message);
            Assert.Equal(BpfAdvice.ListMaps, error.Advice);
        }
        Assert.Equal(BpfErrorKind.Vanished, Assert.Throws<BpfException>(() => BpfMap.FromId(map.Id)).Kind);
        Assert.Equal(BpfErrorKind.Vanished, Assert.Throws<BpfException>(() => map.Pin("anywhere")).Kind);
    }

    [Fact]
    public void A_ring_whose_owner_was_stopped_before_it_is_watched_is_a_clear_error()
    {
        Live.Require();
        BpfMap map;
        using (var obj = Live.TestProgram("burst"))
        {
            map = obj.Map("events");
        }
        WaitUntilGone(map.Id);

        Assert.Equal(BpfErrorKind.Vanished, Assert.Throws<BpfException>(() => new BpfEventStream(map)).Kind);
    }

    [Fact]
    public void A_map_whose_owner_is_stopped_while_it_is_read_is_read_to_its_end()
    {
        Live.Require();
        using var obj = Live.TestProgram("types");
        var map = obj.Map("array");
        using var reader = new BpfMapReader(map);
        Assert.True(reader.TryRead(out _));
        obj.Dispose();
        var rest = 0;
        while (reader.TryRead(out _))
        {
            rest++;
        }

        Assert.Equal(7, rest);
    }

    [Fact]
    public void A_map_of_another_process_is_there_as_long_as_that_is()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["other"], "type", "hash", "key", "4", "value", "4", "entries", "10", "name", "other");
        var map = BpfMap.FromId(BpfMap.FromPin(pins["other"]).Id);
        Bpftool.Update(map.Id, [1, 0, 0, 0], [2, 0, 0, 0]);
        Assert.Single(Live.Entries(map));
        File.Delete(pins["other"]);
        WaitUntilGone(map.Id);

        Assert.Equal(BpfErrorKind.Vanished, Assert.Throws<BpfException>(() => new BpfMapReader(map)).Kind);
    }

    private static void WaitUntilGone(uint id)
    {
        Assert.True(SpinWait.SpinUntil(() => !Bpftool.List("map").ContainsKey(id), TimeSpan.FromSeconds(30)), $"map {id} stays");
    }
}
