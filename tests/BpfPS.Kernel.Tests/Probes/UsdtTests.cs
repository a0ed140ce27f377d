using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;
using BpfPS.Tracing;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>USDT probes: probed.c says how often it passes them, and with what.</summary>
public class UsdtTests : IClassFixture<NothingLeft>
{
    private const int Rounds = 500;

    [Fact]
    public void A_probe_in_two_places_has_its_arguments_from_wherever_they_are_there()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");
        Assert.Equal(2, UsdtNotes.Read(program).Where(site => site.Name == "ordered").DistinctBy(site => site.Arguments).Count());

        var events = ProbeRun.Events(program, Rounds, Usdt($"{program}:probed:ordered"),
            ProbeRun.Request(null, "arg0", "arg1_text", "arg2", "arg3"));

        Assert.Equal(2 * Rounds, events.Count);
        for (var i = 0; i < Rounds; i++)
        {
            Assert.Equal((i, "first order", (short)-i, -9L), Of(events[2 * i]));
            Assert.Equal((-i, "second order", (short)(i + 100), -9L), Of(events[2 * i + 1]));
        }

        static (int, string, short, long) Of(BpfRecord one) => (Live.Get<int>(one, "arg0"), Live.Get<string>(one, "arg1_text"),
            Live.Get<short>(one, "arg2"), Live.Get<long>(one, "arg3"));
    }

    [Fact]
    public void A_probe_with_a_semaphore_is_switched_on_as_long_as_it_is_traced()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");

        var events = ProbeRun.Events(program, Rounds, Usdt($"{program}:probed:paid"));

        Assert.Equal(Enumerable.Range(0, Rounds).Select(i => 1UL << 40 | (uint)i), events.Select(one => Live.Get<ulong>(one, "arg0")));
    }

    [Fact]
    public void Addresses_in_the_file_are_those_that_readelf_and_nm_have()
    {
        Live.Require();
        Machine.RequireProgram("readelf");
        var program = CProgram.Compile("Probes/probed.c");
        var text = Command.Output("readelf", "-n", program);
        foreach (var site in UsdtNotes.Read(program))
        {
            Assert.Contains(site.Arguments, text, StringComparison.Ordinal);
            Assert.Equal(site.Name == "paid", site.Semaphore != 0);
        }
    }

    [Fact]
    public void What_is_not_there_is_an_error_with_names_that_are_near()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");

        Says($"{program}:probed:orderd", "no USDT probe 'probed:orderd'", "probed:ordered");
        Says("/usr/bin/true:probed:ordered", "no USDT probe", "no USDT probes");
        Says("/etc/passwd:probed:ordered", "not a program or library", "");
        Says("probed:ordered", "does not name a USDT probe", "");

        static void Says(string name, string message, string remedy)
        {
            var error = Assert.Throws<BpfException>(() => Usdt(name).Find(256));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.Contains(remedy, $"{error.Remedy}", StringComparison.Ordinal);
        }
    }

    private static ProbeSources Usdt(string name) => new() { UsdtProbes = [ProbeRun.Named(name)] };
}
