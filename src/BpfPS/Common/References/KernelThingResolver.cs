using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace BpfPS.Commands;

/// <summary>References to what has an id in the kernel and can be pinned: maps, programs and links.</summary>
/// <typeparam name="T">The kind of thing.</typeparam>
internal abstract partial class KernelThingResolver<T> : ReferenceResolver<T> where T : class
{
    /// <summary>The kind of pin that keeps one.</summary>
    protected abstract BpfPinKind PinKind { get; }

    /// <inheritdoc/>
    protected override string Accepted =>
        $"{Noun}s (Get-Bpf{PinKind}), their names or ids, pins of {Noun}s (Get-BpfPin), started objects (Get-BpfObject), "
        + "or objects with an Id or Path";

    /// <inheritdoc/>
    public override string ListedBy => $"Get-Bpf{PinKind}";

    /// <inheritdoc/>
    public override string? LeftOut => BpfSession.WhyNotListed(PinKind) is { } refused
        ? $"Only the {Noun}s that this process has open itself are listed. {refused.Message}" : null;

    /// <inheritdoc/>
    public override IEnumerable<ReferenceCandidate> Candidates() =>
        All().Select(thing => new ReferenceCandidate(NameOf(thing), IdOf(thing), thing.ToString() ?? ""));

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<T>> ByName(string name, object? target = null)
    {
        if (Wildcards.IsPattern(name))
        {
            return [.. Wildcards.Matching(All(), name, NameOf).Select(thing => new Reference<T>(thing, target ?? name, IsExplicit: false))];
        }
        var named = ByWholeName(name, target);
        return named.Count > 0 ? named : throw BpfSession.WhyNotListed(PinKind) ?? Absent(name);
    }

    /// <summary>
    /// The things of a name in which wildcards mean themselves; none where it is nobody's, or nobody's that this process may list.
    /// </summary>
    public IReadOnlyList<Reference<T>> ByWholeName(string name, object? target = null)
    {
        try
        {
            return [.. All().Where(thing => IsNamed(thing, name))
                .Select(thing => new Reference<T>(thing, target ?? name, IsExplicit: true))];
        }
        catch (BpfException e) when (e.Kind == BpfErrorKind.PermissionDenied)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<T>> ById(uint id, object? target = null)
    {
        try
        {
            return Known(id, target ?? id);
        }
        catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
        {
            // To the engine an id is that of something which was there; to a user who types one it is a name like any other.
            throw new BpfException(BpfErrorKind.NotFound, e.Message, $"List the {Noun}s with {ListedBy}.", (int)e.Errno, e);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<T>> ByPath(string path, object? target = null)
    {
        var place = PinPlace.Of(path);
        if (place.IsOne(out var full))
        {
            return OfPin(BpfPin.Get(full), target ?? path);
        }
        var unreadable = new List<(string Path, BpfException Error)>();
        Reference<T>[] pinned = [.. place.Pins(unreadable).Where(pin => pin.Kind == PinKind).Select(pin => Opened(pin.Path)).OfType<T>()
            .Select(thing => new Reference<T>(thing, target ?? path, IsExplicit: false))];
        return pinned.Length > 0 || place.IsPattern ? pinned
            : unreadable is [var (_, refused), ..] ? throw refused
            : throw new BpfException(BpfErrorKind.NotFound, $"No {Noun} is pinned in '{VisibleText.Escape(path)}'.",
                "List the pins with Get-BpfPin.");
    }

    /// <inheritdoc/>
    public override string? LeftOutOf(string path)
    {
        var unreadable = new List<(string Path, BpfException Error)>();
        try
        {
            var place = PinPlace.Of(path);
            if (place.IsOne(out _))
            {
                return null;
            }
            _ = place.Pins(unreadable);
            return PinPlace.LeftOut(unreadable);
        }
        catch (BpfException)
        {
            return null; // which has been reported
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<T>> Known(uint id, object target) => [new(FromId(id), target, IsExplicit: true)];

    /// <summary>
    /// The one thing that an object means. A parameter that means one thing has no -Id beside it, so digits that are nobody's name
    /// are an id.
    /// </summary>
    public override T Single(object? item) =>
        item is not null && PSObject.AsPSObject(item).BaseObject is string text
        && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && !All().Any(thing => IsNamed(thing, text))
            ? Only(ById(id, item), item) : base.Single(item);

    /// <summary>Whether a thing has a name, in any case; the kernel may have cut it.</summary>
    public bool IsNamed(T thing, string name) => BpfMap.IsNamed(name, NameOf(thing));

    /// <summary>A thing's name.</summary>
    public abstract string NameOf(T thing);

    /// <summary>A thing's id; null for what is not in the kernel, or has none.</summary>
    public abstract uint? IdOf(T thing);

    /// <summary>Opens one by its id.</summary>
    /// <exception cref="BpfException">There is none.</exception>
    protected abstract T FromId(uint id);

    /// <summary>Opens one by its pin.</summary>
    /// <exception cref="BpfException">There is none.</exception>
    protected abstract T FromPin(string path);

    /// <summary>Those of a started object, or of one in a file.</summary>
    protected abstract IEnumerable<T> Of(BpfObject obj);

    /// <summary>Those of a started object that lost its class.</summary>
    protected abstract IEnumerable<Reference<T>> OfLostObject(PSObject obj);

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<T>>? OfClass(string className, PSObject item) => className switch
    {
        nameof(BpfObject) when item.BaseObject is BpfObject obj =>
            [.. Of(Running(obj)).Select(thing => new Reference<T>(thing, obj, IsExplicit: false))],
        nameof(BpfObject) => [.. OfLostObject(item).Select(reference => new Reference<T>(reference.Thing, item, IsExplicit: false))],
        nameof(BpfPin) when item.BaseObject is BpfPin pin => OfPin(pin, pin),
        nameof(BpfPin) => ByPath(Text(item, "Path") ?? throw Misfit("A pin without a Path"), item),
        nameof(BpfObjectSpec) or nameof(BpfMapSpec) or nameof(BpfProgramSpec) => throw NotLoaded(item),
        _ => null,
    };

    /// <summary>
    /// Those that are in a list of a lost object, such as its Maps. Remoting keeps only the text of what lies so deep, and that
    /// ends with the id: "counts (hash, id 12)".
    /// </summary>
    protected IEnumerable<Reference<T>> InList(PSObject obj, string property) =>
        LanguagePrimitives.GetEnumerable(obj.Properties[property]?.Value)?.Cast<object?>().SelectMany(item =>
            LanguagePrimitives.ConvertTo<string>(item) is var text && IdInText().Match(text) is { Success: true } match
                ? Known(uint.Parse(match.ValueSpan, CultureInfo.InvariantCulture), obj) : ByObject(item)) ?? [];

    /// <summary>A property as text; null where it is missing or empty.</summary>
    protected static string? Text(PSObject item, string property) =>
        LanguagePrimitives.TryConvertTo<string>(item.Properties[property]?.Value, out var text) && text.Length > 0 ? text : null;

    /// <summary>A property as an id.</summary>
    protected uint Id(PSObject item, string property) =>
        WholeNumberAttribute.TryReadId(item.Properties[property]?.Value, out var id) && id != 0 ? id
            : throw Misfit($"An object without {property}");

    /// <summary>What a map's entry has as its value, such as the inner map of a map of maps.</summary>
    protected IReadOnlyList<Reference<T>> InEntry(PSObject entry)
    {
        foreach (var property in entry.Properties)
        {
            if (property.Value is { } value && PSObject.AsPSObject(value) is var member
                && (member.BaseObject is T || member.TypeNames.Contains($"Deserialized.{typeof(T).FullName}")))
            {
                return [.. ByObject(member).Select(reference => new Reference<T>(reference.Thing, TargetOf(entry), IsExplicit: true))];
            }
        }
        throw Misfit($"A map entry whose value is not a {Noun}");
    }

    [GeneratedRegex(@"(?<=, id )\d{1,9}(?=\)$)", RegexOptions.CultureInvariant)]
    private static partial Regex IdInText();

    private IReadOnlyList<Reference<T>> OfPin(BpfPin pin, object target) =>
        pin.Kind == PinKind ? [new(FromPin(pin.Path), target, IsExplicit: true)]
            : throw Misfit($"A pin of a {pin.Kind.ToString().ToLowerInvariant()}");

    /// <summary>Opens a pin of a directory; null when it has gone meanwhile.</summary>
    private T? Opened(string path)
    {
        try
        {
            return FromPin(path);
        }
        catch (BpfException e) when (e.Kind is BpfErrorKind.NotFound or BpfErrorKind.Vanished)
        {
            return null;
        }
    }

    private BpfException NotLoaded(PSObject spec) => new(BpfErrorKind.InvalidArgument,
        $"'{VisibleText.Escape(Text(spec, "Name"))}' is in an object file that is not loaded, so there is no {Noun} in the kernel yet.",
        "Start the object first with Start-BpfProgram.");

    /// <summary>What to do when nothing has a name; a number is an id to most people.</summary>
    private string RemedyFor(string name) =>
        (name.All(char.IsAsciiDigit) ? $"If {name} is an id, use -Id {name}. " : "") + $"List the {Noun}s with {ListedBy}.";

    private BpfException Absent(string name) =>
        new(BpfErrorKind.NotFound, $"There is no {Noun} named '{VisibleText.Escape(name)}' in the kernel.", RemedyFor(name));
}
