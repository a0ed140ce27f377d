using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// The four ways to say which maps, programs, links, pins or objects, for every cmdlet that takes such things. What each of
/// them means is said by the resolver of the kind.
/// </summary>
public abstract class ReferenceCmdlet : BpfCmdlet
{
    private protected const string ByName = "Name";
    private protected const string ById = "Id";
    private protected const string ByPath = "Path";
    private protected const string ByObject = "InputObject";

    private bool _isLeftOutSaid;

    /// <summary>Names, wildcards allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    [SupportsWildcards]
    [ValidateNotNull]
    public virtual string[]? Name { get; set; }

    /// <summary>Ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    [WholeNumber]
    public uint[] Id { get; set; } = [];

    /// <summary>Pins, or directories of pins; wildcards allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    [ValidateNotNull]
    public virtual string[]? Path { get; set; }

    /// <summary>
    /// The things themselves, or what leads to them. Its type is object: PowerShell then binds an argument that is not a string
    /// here, instead of making a name of it.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByObject)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByName)] // another argument can then stand in the first position
    public virtual object[] InputObject { get; set; } = [];

    /// <summary>What kind of thing the cmdlet takes.</summary>
    internal abstract IReferenceKind Kind { get; }

    /// <summary>Whether the cmdlet means everything of the kind when nothing is named.</summary>
    private protected virtual bool AllByDefault => false;

    /// <summary>The names of the things; in a cmdlet whose Name says something else, there are none.</summary>
    private protected virtual string[]? ThingNames => Name;

    /// <summary>Whether something is said by name, id, path or object.</summary>
    private protected bool IsNamed => ThingNames is not null || Id.Length > 0 || Path is not null || InputObject.Length > 0
        || MyInvocation.ExpectingInput;

    /// <summary>
    /// The argument that a cmdlet takes beside the things. 'Get-BpfMap x | Export-BpfMap FILE' has it in the place of the name:
    /// PowerShell gives the first argument to the first position.
    /// </summary>
    /// <param name="given">The argument's own parameter; null when it is not bound.</param>
    /// <param name="parameter">What the parameter is called.</param>
    private protected string RequireArgument(string? given, string parameter)
    {
        if (given is null && (MyInvocation.ExpectingInput || InputObject.Length > 0) && Name is [var first])
        {
            Name = null;
            return first;
        }
        if (given is null)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, $"-{parameter} is missing.", $"Specify where to with -{parameter}."),
                null);
        }
        return given!;
    }

    /// <summary>What the user named, one after the other. What does not exist is an error for that one; the others go on.</summary>
    private protected IEnumerable<Reference<T>> References<T>(ReferenceResolver<T> resolver) where T : class
    {
        foreach (var reference in ReferenceGroups(resolver).SelectMany(group => group.Found))
        {
            IsOneOfMany = !reference.IsExplicit;
            yield return reference;
            IsOneOfMany = false;
        }
    }

    /// <summary>
    /// Whether what is being worked on is one of those that a wildcard, a directory or a list of everything means. In a busy kernel some
    /// of them go between two calls, and that is no error.
    /// </summary>
    private protected bool IsOneOfMany { get; set; }

    private protected sealed override bool IsPassedOver(BpfException error) => IsOneOfMany && error.Kind == BpfErrorKind.Vanished;

    /// <summary>The same, by each name, id, path or object that the user gave and that could be understood.</summary>
    private protected IEnumerable<(object Target, IReadOnlyList<Reference<T>> Found)> ReferenceGroups<T>(ReferenceResolver<T> resolver)
        where T : class
    {
        if (InputObject.Length > 0 && (ThingNames ?? Path) is { } named)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument,
                $"The {Kind.Noun}s come from the pipeline or -InputObject, and others were named.",
                $"Remove '{VisibleText.Escape(string.Join(", ", named))}', or do not pipe anything in."), named);
        }
        foreach (var (find, target) in Parts(resolver))
        {
            if (Try(find, target) is { } found)
            {
                SayLeftOut(target switch
                {
                    null => resolver.LeftOut,
                    string path when path.StartsWith('/') || Path?.Contains(path) == true => resolver.LeftOutOf(path),
                    string name when Wildcards.IsPattern(name) => resolver.LeftOut,
                    _ => null,
                });
                yield return (target!, found);
            }
        }
    }

    /// <summary>Says once that a list is not of everything.</summary>
    private protected void SayLeftOut(string? leftOut)
    {
        if (leftOut is not null && !_isLeftOutSaid)
        {
            _isLeftOutSaid = true;
            WriteWarning(leftOut);
        }
    }

    /// <summary>What is named by name, id or path. What does not exist is an error for that one; the others go on.</summary>
    private protected IEnumerable<Reference<T>> Named<T>(ReferenceResolver<T> resolver) where T : class =>
        NamedParts(resolver).SelectMany(part => Try(part.Find, part.Target) ?? []);

    private IEnumerable<(Func<IReadOnlyList<Reference<T>>> Find, object? Target)> NamedParts<T>(ReferenceResolver<T> resolver)
        where T : class
    {
        foreach (var name in ThingNames ?? [])
        {
            yield return (() => resolver.ByNameOrPath(name), name);
        }
        foreach (var id in Id)
        {
            yield return (() => resolver.ById(id), id);
        }
        foreach (var path in Path ?? [])
        {
            yield return (() => resolver.ByPath(path), path);
        }
    }

    private IEnumerable<(Func<IReadOnlyList<Reference<T>>> Find, object? Target)> Parts<T>(ReferenceResolver<T> resolver) where T : class
    {
        if ((ThingNames ?? Path) is not null || Id.Length > 0)
        {
            foreach (var part in NamedParts(resolver))
            {
                yield return part;
            }
        }
        else if (InputObject.Length > 0)
        {
            foreach (var item in Flat(InputObject))
            {
                yield return (() => resolver.ByObject(item), item);
            }
        }
        else if (MyInvocation.ExpectingInput)
        {
            yield break; // the pipeline gave nothing
        }
        else if (AllByDefault)
        {
            yield return (() => [.. resolver.All().Select(thing => new Reference<T>(thing, thing, IsExplicit: false))], null);
        }
        else
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, $"No {Kind.Noun} is specified.",
                $"Specify it with -Name, -Id or -Path, or pipe one in: {resolver.ListedBy} lists them."), null);
        }
    }

    /// <summary>The elements of lists within lists, so that an error is about one of them.</summary>
    private protected static IEnumerable<object?> Flat(IEnumerable<object?> items) =>
        items.SelectMany(item => item is PSObject { BaseObject: object[] wrapped } ? Flat(wrapped)
            : item is object[] list ? Flat(list) : [item]);
}
