using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// Says what a name, an id, a path or an object means, for one kind of thing. Every cmdlet asks here, so that all of them
/// take the same forms.
/// </summary>
/// <typeparam name="T">The kind of thing.</typeparam>
internal abstract class ReferenceResolver<T> : IReferenceKind where T : class
{
    /// <inheritdoc/>
    public abstract string Noun { get; }

    /// <summary>The cmdlets that give such things, for remedies.</summary>
    public abstract string ListedBy { get; }

    /// <summary>What can be piped in, for remedies.</summary>
    protected abstract string Accepted { get; }

    /// <inheritdoc/>
    public abstract IEnumerable<ReferenceCandidate> Candidates();

    /// <summary>Everything of this kind.</summary>
    public abstract IEnumerable<T> All();

    /// <summary>What a list or a wildcard leaves out, and why, in sentences; null if nothing.</summary>
    public virtual string? LeftOut => null;

    /// <summary>The same for a path.</summary>
    public virtual string? LeftOutOf(string path) => null;

    /// <summary>The things of a name; wildcards are allowed.</summary>
    /// <exception cref="BpfException">A name without wildcards is nobody's.</exception>
    public abstract IReadOnlyList<Reference<T>> ByName(string name, object? target = null);

    /// <summary>The things of an id.</summary>
    /// <exception cref="BpfException">It is nobody's.</exception>
    public abstract IReadOnlyList<Reference<T>> ById(uint id, object? target = null);

    /// <summary>The thing of an id that an object of this module has: what was there when the object was made may be gone.</summary>
    /// <exception cref="BpfException">It is gone, or was never there.</exception>
    protected virtual IReadOnlyList<Reference<T>> Known(uint id, object target) => ById(id, target);

    /// <summary>The things behind a path in bpffs: of one pin, of a directory's pins, or of those that match a wildcard.</summary>
    /// <exception cref="BpfException">A path without wildcards leads to nothing, or to a pin of another kind.</exception>
    public abstract IReadOnlyList<Reference<T>> ByPath(string path, object? target = null);

    /// <summary>The thing itself, as the kernel has it now where that can have changed.</summary>
    protected virtual T Current(T thing) => thing;

    /// <summary>
    /// What an object of another class of this module has of this kind; null where it has none. The object may have lost
    /// its class, and keeps its properties.
    /// </summary>
    /// <param name="className">Its class, without the namespace.</param>
    /// <param name="item">The object.</param>
    protected abstract IReadOnlyList<Reference<T>>? OfClass(string className, PSObject item);

    /// <summary>What a string means: a pin where it is an absolute path, otherwise a name.</summary>
    /// <exception cref="BpfException">There is no such thing.</exception>
    public virtual IReadOnlyList<Reference<T>> ByText(string text) => ByNameOrPath(text);

    /// <summary>What a name means. Nothing of BPF's has a '/' in its name, so an absolute path is a pin.</summary>
    /// <exception cref="BpfException">There is no such thing.</exception>
    public virtual IReadOnlyList<Reference<T>> ByNameOrPath(string name) => name.StartsWith('/') ? ByPath(name) : ByName(name);

    /// <summary>What a file or directory of the file system means: a pin, or a directory of pins.</summary>
    /// <exception cref="BpfException">It is none.</exception>
    protected virtual IReadOnlyList<Reference<T>> ByFile(FileSystemInfo file) => ByPath(file.FullName, file);

    /// <summary>
    /// What an object means: the thing itself, what holds such things (a started object, a pin, a directory of pins), a number
    /// (an id), a string (a name or a path), an object that lost its class on its way through a file or another session, or a
    /// list of all these.
    /// </summary>
    /// <exception cref="BpfException">The object does not name such a thing, or the thing does not exist.</exception>
    public IReadOnlyList<Reference<T>> ByObject(object? item)
    {
        if (item is null)
        {
            throw Misfit("Nothing ($null)");
        }
        var wrapped = PSObject.AsPSObject(item);
        switch (wrapped.BaseObject)
        {
            case T thing when thing is not string:
                return [new(Current(thing), thing, IsExplicit: true)];
            case string text:
                return ByText(text);
            case FileSystemInfo file:
                return ByFile(file);
            case PSCustomObject:
                return ByProperties(wrapped);
            case IEnumerable list and not IDictionary:
                return [.. list.Cast<object?>().SelectMany(ByObject)];
            case IConvertible number and not (bool or char or DateTime or Enum):
                return ById(IdOf(number), number);
            default:
                return OfClassOf(wrapped, ModuleClass.Of(wrapped));
        }
    }

    /// <summary>The one thing that an object means.</summary>
    /// <exception cref="BpfException">It means none, or several.</exception>
    public virtual T Single(object? item) => Only(ByObject(item), item);

    /// <summary>The one thing of those that something means.</summary>
    /// <param name="found">What it means.</param>
    /// <param name="named">What the user named.</param>
    /// <param name="remedy">What to do about none or several; null for the ways that every reference has.</param>
    /// <exception cref="BpfException">It means none, or several.</exception>
    public T Only(IReadOnlyList<Reference<T>> found, object? named, string? remedy = null)
    {
        var name = VisibleText.Escape(named is IEnumerable list and not string ? string.Join(", ", list.Cast<object?>()) : $"{named}");
        return found switch
        {
            [var only] => only.Thing,
            [] => throw new BpfException(BpfErrorKind.NotFound, $"No {Noun} matches '{name}'.", remedy ?? $"List them with {ListedBy}."),
            _ => throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{name}' matches {found.Count} {Noun}s: {string.Join(", ", found.Select(one => one.Thing))}.",
                remedy ?? "Specify one of them by its id, as a number in place of the name."),
        };
    }

    /// <summary>What an error is about: the object itself, and the wrapping with its properties where it has no class.</summary>
    protected static object TargetOf(PSObject item) => item.BaseObject is PSCustomObject ? item : item.BaseObject;

    /// <summary>An object that has not been stopped. Otherwise there would be an error for each thing that it had.</summary>
    /// <exception cref="BpfException">It was stopped.</exception>
    protected static BpfObject Running(BpfObject obj) => obj.State != BpfObjectState.Stopped ? obj
        : throw new BpfException(BpfErrorKind.Vanished, $"'{obj}' has been stopped.",
            "Start it again with Start-BpfProgram. Get-BpfObject lists what is running.");

    /// <summary>The error for an object that is not such a thing and does not lead to one.</summary>
    protected BpfException Misfit(string what) =>
        new(BpfErrorKind.InvalidArgument, $"{what} cannot be used as {Article} {Noun}.", $"Use {Accepted}.");

    private string Article => Noun[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an" : "a";

    private IReadOnlyList<Reference<T>> ByProperties(PSObject item)
    {
        ObjectOrigin.RequireHere(item);
        var known = ModuleClass.Of(item);
        var isLost = known == typeof(T).Name;
        if (known is not null && !isLost)
        {
            return OfClassOf(item, known);
        }
        if (LanguagePrimitives.TryConvertTo<string>(item.Properties["Path"]?.Value, out var path) && !string.IsNullOrEmpty(path)
            && TakesPath(path))
        {
            return ByPath(path, item);
        }
        if (WholeNumberAttribute.TryReadId(item.Properties["Id"]?.Value, out var id) && id != 0)
        {
            return isLost ? Known(id, item) : ById(id, item);
        }
        return LanguagePrimitives.TryConvertTo<string>(item.Properties["Name"]?.Value, out var name) && !string.IsNullOrEmpty(name)
            ? ByName(name, item)
            : throw Misfit("An object without an Id, a Path or a Name");
    }

    private IReadOnlyList<Reference<T>> OfClassOf(PSObject item, string? className) =>
        (className is null ? null : OfClass(className, item)) ?? throw Misfit($"A {className ?? item.BaseObject.GetType().Name}");

    private uint IdOf(IConvertible number) =>
        LanguagePrimitives.TryConvertTo<uint>(number, out var id) && Convert.ToDecimal(number, CultureInfo.InvariantCulture) == id ? id
            : throw new BpfException(BpfErrorKind.InvalidArgument,
                $"{Convert.ToString(number, CultureInfo.InvariantCulture)} is not the id of {Article} {Noun}.",
                $"List the ids with {ListedBy}.");

    /// <summary>Whether the Path of an object without a class is that of a pin, and not of some file.</summary>
    protected virtual bool TakesPath(string path) =>
        BpfFileSystem.Mounts.Any(mount => path.StartsWith($"{mount}/", StringComparison.Ordinal));
}
