using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>References to pins: by path; or by the name or id of what they keep, or the thing itself.</summary>
internal sealed class PinResolver : ReferenceResolver<PinPlace>
{
    /// <summary>The only one.</summary>
    public static PinResolver Instance { get; } = new();

    /// <inheritdoc/>
    public override string Noun => "pin";

    /// <inheritdoc/>
    public override string ListedBy => "Get-BpfPin";

    /// <inheritdoc/>
    protected override string Accepted =>
        "pins (Get-BpfPin), their paths, what is pinned (maps, programs, links, started objects), or objects with a Path";

    /// <inheritdoc/>
    public override IEnumerable<ReferenceCandidate> Candidates() =>
        PinPlace.All().Select(pin => new ReferenceCandidate(pin.Name, pin.Id, pin.Path));

    /// <inheritdoc/>
    public override IEnumerable<PinPlace> All() => BpfFileSystem.Mounts.Select(mount => PinPlace.Of($"{mount}/*"));

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<PinPlace>> ByName(string name, object? target = null)
    {
        var pins = Where(pin => Wildcards.Pattern(name).IsMatch(pin.Name), target ?? name, isExplicit: !Wildcards.IsPattern(name));
        return pins.Count > 0 || Wildcards.IsPattern(name) ? pins
            : throw new BpfException(BpfErrorKind.NotFound, $"Nothing named '{VisibleText.Escape(name)}' is pinned.",
                "List the pins with Get-BpfPin.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<PinPlace>> ById(uint id, object? target = null)
    {
        var pins = Where(pin => pin.Id == id, target ?? id, isExplicit: true);
        return pins.Count > 0 ? pins
            : throw new BpfException(BpfErrorKind.NotFound, $"Nothing with the id {id} is pinned.", "List the pins with Get-BpfPin.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<PinPlace>> ByPath(string path, object? target = null) =>
        PinPlace.Of(path) is var place ? [new(place, target ?? path, IsExplicit: !place.IsPattern)] : [];

    /// <summary>A pin is named by its path.</summary>
    public override IReadOnlyList<Reference<PinPlace>> ByText(string text) => ByPath(text);

    /// <inheritdoc/>
    protected override bool TakesPath(string path) => true;

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<PinPlace>>? OfClass(string className, PSObject item) => className switch
    {
        nameof(BpfPin) => ByPath(Path(item, nameof(BpfPin.Path)) ?? throw Misfit("A pin without a Path"), TargetOf(item)),
        nameof(BpfObject) => Path(item, nameof(BpfObject.PinPath)) is { } path ? ByPath(path, TargetOf(item)) : throw NotPinned(item),
        nameof(BpfMap) => OfKind(BpfPinKind.Map, item),
        nameof(BpfProgram) => OfKind(BpfPinKind.Program, item),
        nameof(BpfLink) => OfKind(BpfPinKind.Link, item),
        _ => null,
    };

    private static string? Path(PSObject item, string property) =>
        item.Properties[property]?.Value?.ToString() is { Length: > 0 } path ? path : null;

    private static IReadOnlyList<Reference<PinPlace>> OfKind(BpfPinKind kind, PSObject item) =>
        WholeNumberAttribute.TryReadId(item.Properties["Id"]?.Value, out var id)
            && Where(pin => pin.Kind == kind && pin.Id == id, TargetOf(item), isExplicit: false) is { Count: > 0 } pins
            ? pins : throw NotPinned(item);

    private static BpfException NotPinned(PSObject item) => new(BpfErrorKind.NotFound, $"{item} is not pinned.",
        "List the pins with Get-BpfPin.");

    private static IReadOnlyList<Reference<PinPlace>> Where(Func<BpfPin, bool> isMeant, object target, bool isExplicit) =>
        [.. PinPlace.All().Where(isMeant).Select(pin => new Reference<PinPlace>(PinPlace.Of(pin), target, isExplicit))];
}
