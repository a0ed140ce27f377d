using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// References to what has global variables, as the maps that these are in: started objects and programs with all of their maps,
/// and maps themselves.
/// </summary>
internal sealed class VariableOwnerResolver : ReferenceResolver<BpfMap>
{
    /// <summary>The only one.</summary>
    public static VariableOwnerResolver Instance { get; } = new();

    /// <inheritdoc/>
    public override string Noun => "object, program or map";

    /// <inheritdoc/>
    public override string ListedBy => "Get-BpfObject or Get-BpfProgram";

    /// <inheritdoc/>
    protected override string Accepted => "started objects (Get-BpfObject), programs (Get-BpfProgram) or maps (Get-BpfMap), their "
        + "names or pins, or ids of programs";

    /// <inheritdoc/>
    public override IEnumerable<ReferenceCandidate> Candidates() => ObjectResolver.Instance.Candidates();

    /// <summary>The maps of everything that this session started.</summary>
    public override IEnumerable<BpfMap> All() => BpfSession.Objects.SelectMany(obj => obj.Maps);

    /// <summary>A name is that of a started object; otherwise of programs; otherwise of maps.</summary>
    public override IReadOnlyList<Reference<BpfMap>> ByName(string name, object? target = null)
    {
        BpfMap[] maps = [.. Wildcards.Matching(BpfSession.Objects, name, obj => obj.Name).SelectMany(obj => obj.Maps)];
        if (maps.Length == 0)
        {
            var isMeant = IsNamed(name);
            var programs = BpfProgram.List().Where(program => isMeant(program.Name)).ToArray();
            maps = programs.Length > 0 ? MapsOf(programs) : [.. BpfMap.List().Where(map => isMeant(map.Name))];
        }
        return maps.Length > 0 || Wildcards.IsPattern(name) ? Belonging(maps, target ?? name)
            : throw new BpfException(BpfErrorKind.NotFound, $"There is no {Noun} named '{VisibleText.Escape(name)}'.",
                "Get-BpfObject lists what this session started, Get-BpfProgram every program.");
    }

    /// <summary>An id is that of a program.</summary>
    public override IReadOnlyList<Reference<BpfMap>> ById(uint id, object? target = null) =>
        Belonging(MapsOf(ProgramResolver.Instance.ById(id).Select(program => program.Thing)), target ?? id);

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<BpfMap>> ByPath(string path, object? target = null)
    {
        var place = PinPlace.Of(path);
        var pins = place.Pins();
        return pins.Count > 0 || place.IsPattern
            ? [.. pins.SelectMany(pin => Belonging(ByObject(pin).Select(found => found.Thing), target ?? path))]
            : throw new BpfException(BpfErrorKind.NotFound, $"Nothing is pinned in '{VisibleText.Escape(path)}'.",
                "List the pins with Get-BpfPin.");
    }

    /// <summary>A map that lost its class. Its id is not that of a program.</summary>
    protected override IReadOnlyList<Reference<BpfMap>> Known(uint id, object target) => MapResolver.Instance.ByObject(target);

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<BpfMap>>? OfClass(string className, PSObject item) =>
        (className, $"{item.Properties[nameof(BpfPin.Kind)]?.Value}") switch
        {
            (nameof(BpfObject) or nameof(BpfMap) or nameof(BpfGlobalVariable), _) or (nameof(BpfPin), nameof(BpfPinKind.Map)) =>
                MapResolver.Instance.ByObject(item),
            (nameof(BpfPin), nameof(BpfPinKind.Link)) => OfPrograms(LinkResolver.Instance.Single(item), item),
            (nameof(BpfProgram) or nameof(BpfProgramStatistics) or nameof(BpfLink) or nameof(BpfPin), _) => OfPrograms(item, item),
            _ => null,
        };

    private static Reference<BpfMap>[] OfPrograms(object programs, PSObject item) =>
        Belonging(MapsOf(ProgramResolver.Instance.ByObject(programs).Select(program => program.Thing)), TargetOf(item));

    /// <summary>What has a name: one name with wildcards, or one that the kernel may have cut.</summary>
    private static Func<string, bool> IsNamed(string name) => Wildcards.IsPattern(name) ? Wildcards.Pattern(name).IsMatch
        : kernelName => BpfMap.IsNamed(name, kernelName);

    private static BpfMap[] MapsOf(IEnumerable<BpfProgram> programs) =>
        [.. programs.SelectMany(program => program.MapIds).Distinct().Select(BpfMap.FromId)];

    private static Reference<BpfMap>[] Belonging(IEnumerable<BpfMap> maps, object target) =>
        [.. maps.Select(map => new Reference<BpfMap>(map, target, IsExplicit: false))];
}
