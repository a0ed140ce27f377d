namespace BpfPS.Module.Tests.Module;

/// <summary>Beside software that loads, attaches and lets go without pause, each cmdlet works every time.</summary>
public sealed class BusyKernelTests : KernelTest
{
    private const string Interface = "bpfpsbusy0";

    // A list of links takes long beside such neighbours: all of a thousand in the nightly tests only.
    private static readonly int s_triesOfSlow = Environment.GetEnvironmentVariable("BPFPS_NIGHTLY") == "1" ? 1000 : 100;

    private readonly Attacher[] _neighbours;

    // Not where it is declared: they would be there before the witness has looked, and stay if it could not.
    public BusyKernelTests() => _neighbours =
        [new Attacher(null, "churn", "sched_process_exit", "busy_one"), new Attacher(null, "churn", "sched_process_fork", "busy_two")];

    public override void Dispose()
    {
        Array.ForEach(_neighbours, neighbour => neighbour.Dispose());
        Command.Run("ip", "link", "delete", Interface);
        base.Dispose();
    }

    [Theory]
    [InlineData("Get-BpfLink")]
    [InlineData("Get-BpfProgram")]
    [InlineData("Get-BpfMap")]
    [InlineData("Get-BpfProgram busy_*")]
    [InlineData("Get-BpfMap busy_*")]
    [InlineData("Measure-BpfProgram -Duration 1ms")]
    [InlineData("Measure-BpfProgram busy_* -Duration 1ms")]
    public void A_list_is_never_an_error(string list)
    {
        Run("$seen = 0").Succeeded();
        var failures = new List<ErrorRecord>();
        var tries = list.StartsWith("Get-BpfLink", StringComparison.Ordinal) ? s_triesOfSlow : 1000;
        for (var i = 0; i < tries; i += 20)
        {
            failures.AddRange(Run($"foreach ($i in 1..20) {{ $seen += @({list}).Count }}").Errors);
        }

        AssertNone(failures, tries);
        // The neighbours were there to be seen, or nothing was tested.
        Assert.NotEqual(0, Run("$seen").Only.BaseObject);
    }

    [Fact]
    public void A_program_takes_the_place_of_another_and_goes_every_time()
    {
        Command.Output("ip", "link", "add", Interface, "type", "veth", "peer", "name", $"{Interface}p");
        var xdp = Repository.TestProgram("plain_xdp");

        Run($"$first = Start-BpfProgram {xdp} -Interface {Interface}").Succeeded();
        var errors = new List<ErrorRecord>();
        for (var i = 0; i < 10; i++)
        {
            errors.AddRange(Run($"foreach ($i in 1..20) {{ Start-BpfProgram {xdp} -Interface {Interface} -Replace | Stop-BpfProgram }}")
                .Errors);
        }

        AssertNone(errors, 200);
    }

    [Fact]
    public void A_link_is_removed_every_time()
    {
        var errors = new List<ErrorRecord>();
        for (var i = 0; i < s_triesOfSlow / 2; i += 10)
        {
            errors.AddRange(Run($"foreach ($i in 1..10) {{ $o = Start-BpfProgram {Repository.TestProgram("types")}; "
                + "Get-BpfLink | Where-Object ProgramId -in $o.Programs.Id | Remove-BpfLink; $o | Stop-BpfProgram }").Errors);
        }

        AssertNone(errors, s_triesOfSlow / 2);
    }

    private static void AssertNone(List<ErrorRecord> errors, int tries) =>
        Assert.True(errors.Count == 0, $"{errors.Count} errors in {tries} tries: {(errors.Count > 0 ? errors[0] : null)}");
}
