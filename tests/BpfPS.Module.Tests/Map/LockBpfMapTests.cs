namespace BpfPS.Module.Tests.Map;

/// <summary>Lock-BpfMap. That a map is frozen, bpftool tells, and learns when it tries to write.</summary>
public sealed class LockBpfMapTests : KernelTest
{
    [Theory]
    [InlineData("Lock-BpfMap lck_named")]
    [InlineData("Lock-BpfMap LCK_n*")]
    [InlineData("Lock-BpfMap -Id $map.Id")]
    [InlineData("Lock-BpfMap -Path {0}/it")]
    [InlineData("$map | Lock-BpfMap")]
    [InlineData("Get-BpfPin {0} | Lock-BpfMap")]
    public void A_map_is_frozen_for_everybody(string freeze)
    {
        using var pins = new PinFolder();
        var id = Make($"lck_named -Type array -ValueType u32 -MaxEntries 1 -PinPath {pins.Name}/it");
        KernelWitness.Set(id, "00000000", "01000000");
        Assert.False((bool)Run("$map.IsFrozen").Only.BaseObject);

        Assert.Empty(Run(string.Format(freeze, pins.Name)).Succeeded().Output);

        Assert.Equal(1, KernelWitness.Shown("map", id).GetProperty("frozen").GetInt32());
        Assert.NotEqual(0,
            Command.Run("bpftool", "map", "update", "id", $"{id}", "key", "0", "0", "0", "0", "value", "2", "0", "0", "0").ExitCode);
        Assert.Equal(["00000000=01000000"], KernelWitness.Entries(id));
        Assert.True((bool)Run("(Get-BpfMap lck_named).IsFrozen").Only.BaseObject);
    }

    [Fact]
    public void Only_the_map_that_is_named_is_frozen_and_PassThru_gives_it()
    {
        var other = Make("lck_other -KeyType u32 -ValueType u32");
        var id = Make("lck_one -KeyType u32 -ValueType u32");

        Assert.Equal(id, Run("Lock-BpfMap lck_one -PassThru").Only.Get("Id"));

        Assert.Equal(1, KernelWitness.Shown("map", id).GetProperty("frozen").GetInt32());
        Assert.Equal(0, KernelWitness.Shown("map", other).GetProperty("frozen").GetInt32());
    }

    [Fact]
    public void A_map_that_is_frozen_already_stays_so_without_an_error()
    {
        var id = Make("lck_twice -KeyType u32 -ValueType u32");

        Assert.Equal(2, Run("Lock-BpfMap lck_twice -PassThru; Lock-BpfMap lck_twice -PassThru").Succeeded().Output.Count);

        Assert.Equal(1, KernelWitness.Shown("map", id).GetProperty("frozen").GetInt32());
    }

    [Fact]
    public void A_program_still_writes_to_it()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer; $map = $o.Maps | Where-Object Name -eq by_number; $map | Lock-BpfMap");
        var id = Run("$map.Id").Only.BaseObject;
        Assert.Empty(KernelWitness.Entries(id));

        Producer.Call();

        Assert.Equal(["04030201=8877665544332211"], KernelWitness.Entries(id));
        Assert.Contains("is frozen", Run("$map | Clear-BpfMap").Error.Exception.Message);
    }

    [Fact]
    public void WhatIf_freezes_nothing()
    {
        var id = Make("lck_whatif -KeyType u32 -ValueType u32");

        Assert.Contains($"lck_whatif (hash, id {id})", Session.Show("Lock-BpfMap lck_whatif -WhatIf"));

        Assert.Equal(0, KernelWitness.Shown("map", id).GetProperty("frozen").GetInt32());
    }

    [Theory]
    [InlineData("Lock-BpfMap nosuch, lck_there", "BpfNotFound", "nosuch")]
    [InlineData("Lock-BpfMap -Id 4000000000, $map.Id", "BpfNotFound", 4000000000u)]
    public void What_is_not_there_is_an_error_and_the_next_is_frozen(string freeze, string error, object target)
    {
        var id = Make("lck_there -KeyType u32 -ValueType u32");

        Run(freeze).FailedWith(error, ErrorCategory.ObjectNotFound, target);

        Assert.Equal(1, KernelWitness.Shown("map", id).GetProperty("frozen").GetInt32());
        Assert.Empty(Run("Lock-BpfMap nosuch*").Succeeded().Output);
        Run("Lock-BpfMap").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
    }
}
