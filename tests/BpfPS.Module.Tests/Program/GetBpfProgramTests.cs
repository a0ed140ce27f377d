using System.Text.Json;

namespace BpfPS.Module.Tests.Program;

public sealed class GetBpfProgramTests : KernelTest
{
    [Fact]
    public void A_program_is_what_bpftool_says_it_is()
    {
        Given("$o = Start-BpfProgram $burst");

        var program = Run("Get-BpfProgram -Id $o.Programs[0].Id").Only;

        var witness = JsonDocument.Parse(Command.Output("bpftool", "-j", "prog", "show", "id", $"{program.Get("Id")}")).RootElement;
        Assert.Equal(witness.GetProperty("name").GetString(), program.Get("Name"));
        Assert.Equal(witness.GetProperty("type").GetString(), program.Get("Type"));
        Assert.Equal(witness.GetProperty("tag").GetString(), program.Get("Tag"));
        Assert.Equal(witness.GetProperty("uid").GetUInt32(), program.Get("UserId"));
        Assert.Equal(witness.GetProperty("bytes_xlated").GetUInt32(), program.Get("TranslatedSize"));
        Assert.Equal(witness.GetProperty("bytes_jited").GetUInt32(), program.Get("JitedSize"));
        Assert.Equal(witness.GetProperty("btf_id").GetUInt32(), program.Get("BtfId"));
        Assert.Equal(witness.GetProperty("gpl_compatible").GetBoolean(), program.Get("IsGplCompatible"));
        Assert.Equal(witness.GetProperty("map_ids").EnumerateArray().Select(id => id.GetUInt32()), program.Get<uint[]>("MapIds"));
        Assert.Equal(witness.GetProperty("bytes_memlock").GetUInt64(), program.Get("MemorySize"));
        Assert.Equal(program.Get<uint[]>("MapIds")
            .Select(id => JsonDocument.Parse(Command.Output("bpftool", "-j", "map", "show", "id", $"{id}")).RootElement.GetProperty("name")
            .GetString()), program.Get<string[]>("MapNames"));
        Assert.Equal(0ul, program.Get("RecursionMisses"));
        var loaded = DateTimeOffset.FromUnixTimeSeconds(witness.GetProperty("loaded_at").GetInt64()).LocalDateTime;
        Assert.InRange(program.Get<DateTime>("LoadTime"), loaded.AddSeconds(-2), loaded.AddSeconds(2));
    }

    [Fact]
    public void A_program_names_the_process_that_holds_it()
    {
        Given("$o = Start-BpfProgram $burst");

        var holder = Run("(Get-BpfProgram -Id $o.Programs[0].Id).Processes").Only;

        Assert.Equal(Environment.ProcessId, holder.Get("ProcessId"));
        Assert.Equal(File.ReadAllText("/proc/self/comm").Trim(), holder.Get("Name"));
    }

    [Theory]
    [InlineData("Get-BpfProgram -Id $id")]
    [InlineData("$o.Programs[0] | Get-BpfProgram")]
    [InlineData("[pscustomobject]@{ Id = $id } | Get-BpfProgram")]
    [InlineData("$o | Get-BpfProgram")]
    [InlineData("Get-BpfProgram -InputObject $o")]
    [InlineData("Get-BpfProgram burst | Where-Object Id -eq $id")]
    [InlineData("Get-BpfProgram BUR*t | Where-Object Id -eq $id")]
    [InlineData("Get-BpfProgram | Where-Object Id -eq $id")]
    public void Programs_are_named_in_every_way(string get)
    {
        Given("$o = Start-BpfProgram $burst; $id = $o.Programs[0].Id");

        Assert.Equal("burst", Run(get).Only.Get("Name"));
    }

    [Fact]
    public void A_pinned_program_is_found_by_its_path()
    {
        using var pins = new PinFolder();
        Given("$o = Start-BpfProgram $burst; $id = $o.Programs[0].Id");
        Directory.CreateDirectory(pins.Path);
        Command.Output("bpftool", "prog", "pin", "id", $"{Run("$id").Only}", $"{pins.Path}/it");

        Assert.Equal("burst", Run($"Get-BpfProgram -Path {pins.Path}/it").Only.Get("Name"));
        Assert.Equal("burst", Run($"Get-BpfProgram -Path {pins.Name}/i*").Only.Get("Name"));
        Assert.Equal("burst", Run($"Get-BpfPin {pins.Name} | Get-BpfProgram").Only.Get("Name"));
        Assert.Empty(Run($"Get-BpfProgram -Path {pins.Name}/nosuch*").Succeeded().Output);
        Run($"Get-BpfProgram -Path {pins.Name}/nosuch").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, $"{pins.Name}/nosuch");
    }

    [Fact]
    public void A_name_that_no_program_has_is_one_error_and_a_wildcard_silence()
    {
        Assert.Empty(Run("Get-BpfProgram nosuch*").Succeeded().Output);
        var outcome = Run("Get-BpfProgram nosuch, *");
        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.False(outcome.WasTerminated);
    }

    [Fact]
    public void An_id_that_no_program_has_is_one_error_and_the_others_are_given()
    {
        Given("$o = Start-BpfProgram $burst");

        var outcome = Run("Get-BpfProgram -Id 4000000000, $o.Programs[0].Id");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 4000000000u);
        Assert.Single(outcome.Output);
    }

    [Fact]
    public void A_name_longer_than_the_kernel_keeps_is_shown_and_found_whole()
    {
        using var folder = new TemporaryFolder();
        RequireCompiler();
        var source = folder.Write("long.bpf.c", """
            #include "kernel.h"
            #include <bpf/bpf_helpers.h>
            char LICENSE[] SEC("license") = "Dual BSD/GPL";
            SEC("socket") int a_name_of_more_than_fifteen_letters(void *ctx) { return 0; }
            """);
        Given($"$o = Start-BpfProgram {source} -NoAttach");

        Assert.Equal("a_name_of_more_than_fifteen_letters", Run("Get-BpfProgram a_name_of_more_than_fifteen_letters").Only.Get("Name"));
    }

    [Fact]
    public void A_links_program_is_meant_and_the_id_of_something_else_is_none()
    {
        var id = Run("$o = Start-BpfProgram $burst; $o.Programs[0].Id").Only.BaseObject;

        Assert.Equal(id, Run("Get-BpfLink -Program burst | Get-BpfProgram").Only.Get("Id"));
        Run("$o.Maps[0] | Get-BpfProgram").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Assert.Equal(id, Run("[pscustomobject]@{ Id = \"$($o.Programs[0].Id)\" } | Get-BpfProgram").Only.Get("Id"));
    }
}
