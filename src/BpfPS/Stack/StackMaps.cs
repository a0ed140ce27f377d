namespace BpfPS.Commands;

/// <summary>Maps of stacks, for completion: any other map is of no use to Get-BpfStack.</summary>
internal sealed class StackMaps : IReferenceKind
{
    /// <summary>The only one.</summary>
    public static StackMaps Instance { get; } = new();

    /// <inheritdoc/>
    public string Noun => "stack trace map";

    /// <inheritdoc/>
    public IEnumerable<ReferenceCandidate> Candidates() => MapResolver.Instance.All().Where(Has)
        .Select(map => new ReferenceCandidate(map.Name, map.Id, map.ToString()));

    /// <summary>Whether a map is one of stacks.</summary>
    public bool Has(BpfMap map) => map.Type == "stack_trace";
}
