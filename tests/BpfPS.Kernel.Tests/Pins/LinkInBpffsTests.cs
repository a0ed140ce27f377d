using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Pins;

/// <summary>Symbolic links in bpffs, which every user can make where its root is open to all.</summary>
public sealed class LinkInBpffsTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly PinDirectory _mine = new PinDirectory().Make();
    private readonly PinDirectory _others = new PinDirectory().Make();

    public LinkInBpffsTests() =>
        Bpftool.Run("map", "create", _mine["victim"], "type", "array", "key", "4", "value", "4", "entries", "1", "name", "victim");

    public void Dispose()
    {
        Command.Output("rm", "-rf", _others.Path);
        _mine.Dispose();
    }

    [Fact]
    public void Removing_a_directory_does_not_go_through_a_link_in_it()
    {
        Live.Require();
        File.CreateSymbolicLink(_others["link"], _mine.Path);
        Bpftool.Run("map", "create", _others["own"], "type", "array", "key", "4", "value", "4", "entries", "1", "name", "own");

        Assert.Equal([_others["own"]], BpfPin.Remove(_others.Path).Select(pin => pin.Path));
        Assert.True(File.Exists(_mine["victim"]));
        Assert.False(Directory.Exists(_others.Path));
    }

    [Fact]
    public void Removing_a_link_removes_the_link()
    {
        Live.Require();
        File.CreateSymbolicLink(_others["link"], _mine.Path);
        BpfPin.Remove(_others["link"]);

        Assert.True(File.Exists(_mine["victim"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_others.Path));
    }

    [Fact]
    public void Links_that_lead_elsewhere_or_in_circles_hide_no_pin_and_repeat_none()
    {
        Live.Require();
        File.CreateSymbolicLink(_others["a"], ".");
        File.CreateSymbolicLink(_others["b"], ".");
        File.CreateSymbolicLink(_others["c"], "/etc/passwd");
        File.CreateSymbolicLink(_others["d"], _mine.Path);
        Bpftool.Run("map", "create", _others["own"], "type", "array", "key", "4", "value", "4", "entries", "1", "name", "own");

        Assert.Equal([_others["own"]], BpfPin.List(_others.Path).Select(pin => pin.Path));
    }

    [Fact]
    public void A_BPF_file_system_that_is_mounted_elsewhere_is_known()
    {
        Live.Require();
        var place = Directory.CreateTempSubdirectory("bpfps-test-").FullName;
        Command.Output("mount", "-t", "bpf", "bpf", place);
        try
        {
            Bpftool.Run("map", "create", $"{place}/there", "type", "array", "key", "4", "value", "4", "entries", "1", "name", "there");

            Assert.Contains(place, BpfFileSystem.Mounts);
            Assert.Equal([$"{place}/there"], BpfPin.List(place).Select(pin => pin.Path));
        }
        finally
        {
            Command.Output("umount", place);
            Directory.Delete(place);
        }
    }
}
