namespace BpfPS.Module.Tests.Pin;

public sealed class GetBpfPinTests : KernelTest, IDisposable
{
    private readonly PinFolder _pins = new();

    public GetBpfPinTests() => Given($"$o = Start-BpfProgram $burst -PinPath {_pins.Name}");

    public override void Dispose()
    {
        Session.Run("Get-BpfObject | Stop-BpfProgram");
        _pins.Dispose();
        base.Dispose();
    }

    [Fact]
    public void A_pin_tells_what_it_keeps()
    {
        var pins = Run($"Get-BpfPin {_pins.Path}").Succeeded().Output;

        Assert.Equal(["Map", "Link"], pins.Select(pin => pin.Get("Kind")!.ToString()));
        Assert.Equal(["events", "burst"], pins.Select<string>("Name"));
        Assert.Equal(["ringbuf", "raw_tracepoint"], pins.Select<string>("Type"));
        Assert.Equal([$"{_pins.Path}/events", $"{_pins.Path}/link_burst"], pins.Select<string>("Path"));
        Assert.Equal(Run("$o.Maps | Where-Object Name -eq events | ForEach-Object Id").Only.BaseObject, pins[0].Get("Id"));
    }

    [Theory]
    [InlineData("Get-BpfPin {0}/events", 1)]
    [InlineData("Get-BpfPin -Path /sys/fs/bpf/{0}/events", 1)]
    [InlineData("Get-BpfPin {0}", 2)]
    [InlineData("Get-BpfPin {0}/", 2)]
    [InlineData("Get-BpfPin {0}/*", 2)]
    [InlineData("Get-BpfPin {0}/link_*", 1)]
    [InlineData("Get-BpfPin {0}/link_[ab]urst", 1)]
    [InlineData("Get-BpfPin | Where-Object Path -like */{0}/*", 2)]
    [InlineData("Get-BpfPin * | Where-Object Path -like */{0}/*", 2)]
    [InlineData("$o | Get-BpfPin", 2)]
    [InlineData("[pscustomobject]@{{ Path = '{0}/events' }} | Get-BpfPin", 1)]
    [InlineData("Get-BpfPin {0}/nosuch*", 0)]
    public void Pins_are_named_in_every_way(string get, int count)
    {
        Assert.Equal(count, Run(string.Format(get, _pins.Name)).Succeeded().Output.Count);
    }

    [Fact]
    public void A_pin_that_is_not_there_is_one_error_and_the_others_are_given()
    {
        var outcome = Run($"Get-BpfPin {_pins.Name}/nosuch, {_pins.Name}/events");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, $"{_pins.Name}/nosuch");
        Assert.Single(outcome.Output);
    }

    [Fact]
    public void A_path_outside_of_bpffs_is_one_error()
    {
        Run("Get-BpfPin /etc/passwd").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument, "/etc/passwd");
    }
}
