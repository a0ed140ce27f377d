namespace BpfPS.Proving;

/// <summary>
/// A small workload for one tool, and an independent witness of it: what the calls of this process returned, /proc, a counter of the
/// kernel, another program. Never the tool itself.
/// </summary>
internal abstract class ToolProof
{
    /// <summary>The tool's name.</summary>
    public abstract string Tool { get; }

    /// <summary>Who else knows what the tool reports, in a few words.</summary>
    public abstract string Witness { get; }

    /// <summary>Starts the tool, makes the workload, and compares.</summary>
    /// <param name="run">Starts the tool, reads its events and maps, and counts what agrees.</param>
    /// <exception cref="BpfException">The tool cannot run here.</exception>
    public abstract void Run(ProofRun run);
}
