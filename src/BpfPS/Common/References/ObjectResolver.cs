using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>References to what this session has started: by name, by the id of one of its programs, or by where it is pinned.</summary>
internal sealed class ObjectResolver : ReferenceResolver<BpfObject>
{
    /// <summary>The only one.</summary>
    public static ObjectResolver Instance { get; } = new();

    /// <inheritdoc/>
    public override string Noun => "started object";

    /// <inheritdoc/>
    public override string ListedBy => "Get-BpfObject";

    /// <inheritdoc/>
    protected override string Accepted =>
        "started objects (Get-BpfObject), their names, the ids of their programs, or their programs, maps and links";

    /// <inheritdoc/>
    public override IEnumerable<ReferenceCandidate> Candidates() => BpfSession.Objects.SelectMany(obj =>
        obj.Programs.Select(program => new ReferenceCandidate(obj.Name, program.Id, $"{program}, started {obj.StartTime:T}"))
            .DefaultIfEmpty(new(obj.Name, null, $"started {obj.StartTime:T}")));

    /// <inheritdoc/>
    public override IEnumerable<BpfObject> All() => BpfSession.Objects;

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<BpfObject>> ByName(string name, object? target = null) =>
        Required(Wildcards.Matching(BpfSession.Objects, name, obj => obj.Name), Wildcards.IsPattern(name), target ?? name,
            $"named '{VisibleText.Escape(name)}'");

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<BpfObject>> ById(uint id, object? target = null) =>
        Required(BpfSession.Objects.Where(obj => obj.Programs.Any(program => program.Id == id)), false, target ?? id,
            $"with a program whose id is {id}");

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<BpfObject>> ByPath(string path, object? target = null)
    {
        var places = PinPlace.Of(path);
        var paths = places.Paths();
        return Required(BpfSession.Objects.Where(obj => obj.PinPath is { } pin
            && paths.Any(place => IsWithin(pin, place) || IsWithin(place, pin))),
            places.IsPattern, target ?? path, $"that is pinned at '{VisibleText.Escape(path)}'");
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<BpfObject>>? OfClass(string className, PSObject item)
    {
        Func<BpfObject, IEnumerable<uint>>? ids = className switch
        {
            nameof(BpfProgram) or nameof(BpfProgramStatistics) => obj => obj.Programs.Select(program => program.Id),
            nameof(BpfMap) => obj => obj.Maps.Select(map => map.Id),
            nameof(BpfLink) => obj => obj.Programs.Select(program => program.Id),
            _ => null,
        };
        if (ids is not null)
        {
            var property = className == nameof(BpfLink) ? "ProgramId" : "Id";
            var id = WholeNumberAttribute.TryReadId(item.Properties[property]?.Value, out var number) ? number
                : throw Misfit($"A {className} without {property}");
            return Required(BpfSession.Objects.Where(obj => ids(obj).Contains(id)), false, TargetOf(item), $"with {item}");
        }
        return className == nameof(BpfPin) ? ByPath($"{item.Properties[nameof(BpfPin.Path)]?.Value}", TargetOf(item)) : null;
    }

    /// <summary>Whether a path is another one, or below it. An object is pinned in a directory; each pin in it is the object's.</summary>
    private static bool IsWithin(string path, string directory) =>
        path == directory || path.StartsWith($"{directory}/", StringComparison.Ordinal);

    private static Reference<BpfObject>[] Required(IEnumerable<BpfObject> objects, bool canBeNone, object target, string which)
    {
        Reference<BpfObject>[] found = [.. objects.Select(obj => new Reference<BpfObject>(obj, target, IsExplicit: !canBeNone))];
        return found.Length > 0 || canBeNone ? found
            : throw new BpfException(BpfErrorKind.NotFound, $"This session has started nothing {which}.",
                "List what it has with Get-BpfObject. Get-BpfPin lists what other sessions pinned; Stop-BpfProgram -Path stops that.");
    }
}
