using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>References to what has an iterator: started objects, and files.</summary>
internal sealed class IteratorSourceResolver : SourceResolver
{
    /// <summary>The only one.</summary>
    public static IteratorSourceResolver Instance { get; } = new();

    /// <inheritdoc/>
    public override string Noun => ObjectResolver.Instance.Noun;

    /// <inheritdoc/>
    protected override string Accepted =>
        "started objects (Get-BpfObject), their names, the ids of their programs, their programs, maps and links, or files";

    /// <inheritdoc/>
    public override IEnumerable<ReferenceCandidate> Candidates() => ObjectResolver.Instance.Candidates();

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<ReadSource>> ById(uint id, object? target = null) =>
        Started(ObjectResolver.Instance.ById(id, target));

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<ReadSource>> ByPath(string path, object? target = null) =>
        Started(ObjectResolver.Instance.ByPath(path, target));

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<ReadSource>>? OfClass(string className, PSObject item) => className switch
    {
        nameof(BpfTool) => ByName($"{item.Properties[nameof(BpfTool.Name)]?.Value}", TargetOf(item)),
        nameof(BpfObject) or nameof(BpfProgram) or nameof(BpfProgramStatistics) or nameof(BpfMap) or nameof(BpfLink) or nameof(BpfPin) =>
            Started(ObjectResolver.Instance.ByObject(item)),
        _ => null,
    };

    private static Reference<ReadSource>[] Started(IReadOnlyList<Reference<BpfObject>> objects) =>
        [.. objects.Select(obj => new Reference<ReadSource>(ReadSource.Of(Running(obj.Thing)), obj.Target, obj.IsExplicit))];
}
