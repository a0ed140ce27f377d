namespace BpfPS.Module.Tests.Hosting;

/// <summary>A test that needs the kernel. Whatever it does, afterwards nothing may be left there.</summary>
public abstract class KernelTest : IDisposable
{
    private readonly KernelWitness _witness;

    protected KernelTest()
    {
        Machine.RequireKernel();
        Machine.RequireProgram("bpftool");
        _witness = new KernelWitness();
        Session = new Session();
    }

    private protected Session Session { get; }

    public virtual void Dispose()
    {
        // Imported again where the test has removed it.
        Session.Import();
        Session.Run("Get-BpfObject | Stop-BpfProgram").Succeeded();
        Session.Dispose();
        _witness.NothingIsLeft();
        GC.SuppressFinalize(this);
    }

    private protected Outcome Run(string script) => Session.Run(script);

    /// <summary>Starts a program by a script, makes calls, and forgets what the script gave.</summary>
    private protected void Given(string script, int calls = 0)
    {
        Run(script).Succeeded();
        Producer.Call(calls);
    }

    /// <summary>Makes a map with New-BpfMap, keeps it in $map, and gives its id.</summary>
    private protected uint Make(string definition) => (uint)Run($"$map = New-BpfMap {definition}; $map.Id").Only.BaseObject;

    /// <summary>Skips the test unless there is a clang, which Debian calls by its version.</summary>
    private protected static void RequireCompiler() => Machine.Require(Machine.FindClang() is not null, "no clang is on the PATH");

    /// <summary>
    /// The programs, maps and links in the kernel that were not there before the test and are nobody else's, now: "prog 7 burst".
    /// </summary>
    private protected IReadOnlyCollection<string> NewInTheKernel => _witness.New;

    /// <summary>Fails the test when something that was not there before the test is in the kernel.</summary>
    private protected void NothingIsLeft() => _witness.NothingIsLeft();
}
