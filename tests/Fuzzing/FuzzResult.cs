namespace BpfPS.Fuzzing;

/// <summary>What came of a target.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Executions">How many inputs were tried.</param>
/// <param name="Edges">How many edges of the engine they took.</param>
/// <param name="Corpus">How many of them are kept to make others of.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Findings">The files of the inputs that were neither used nor refused.</param>
/// <param name="Problem">Why it could not be run, or not to its end; empty if it was.</param>
internal sealed record FuzzResult(string Target, long Executions, int Edges, int Corpus, int Seconds, IReadOnlyList<string> Findings,
    string Problem)
{
    /// <summary>Whether it was left out, for a reason that says what the machine lacks.</summary>
    public bool IsSkipped { get; init; }
}
