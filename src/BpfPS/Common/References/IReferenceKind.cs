namespace BpfPS.Commands;

/// <summary>A kind of thing that cmdlets take references to: what completion needs of it.</summary>
internal interface IReferenceKind
{
    /// <summary>What one is called in a sentence, such as "map".</summary>
    string Noun { get; }

    /// <summary>All there are, for completion: the name, the id where there is one, and a line that describes it.</summary>
    /// <exception cref="BpfException">They cannot be listed.</exception>
    IEnumerable<ReferenceCandidate> Candidates();
}
