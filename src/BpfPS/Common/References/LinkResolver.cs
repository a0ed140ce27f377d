using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>References to links, and to what is attached without one. A link has the name of its program.</summary>
internal sealed class LinkResolver : KernelThingResolver<BpfLink>
{
    /// <summary>The only one.</summary>
    public static LinkResolver Instance { get; } = new();

    /// <inheritdoc/>
    public override string Noun => "link";

    /// <inheritdoc/>
    protected override BpfPinKind PinKind => BpfPinKind.Link;

    /// <inheritdoc/>
    public override IEnumerable<BpfLink> All() => BpfLink.List();

    /// <inheritdoc/>
    public override string NameOf(BpfLink link) => link.ProgramName;

    /// <inheritdoc/>
    public override uint? IdOf(BpfLink link) => link.Id;

    /// <inheritdoc/>
    protected override BpfLink FromId(uint id) => BpfLink.FromId(id);

    /// <inheritdoc/>
    protected override BpfLink FromPin(string path) => BpfLink.FromPin(path);

    /// <summary>What is attached may have changed since; what has no link can only be taken as it was.</summary>
    protected override BpfLink Current(BpfLink link) => link.Id is { } id ? BpfLink.FromId(id) : link;

    /// <inheritdoc/>
    protected override IEnumerable<BpfLink> Of(BpfObject obj) => BpfLink.Of(obj);

    /// <inheritdoc/>
    protected override IEnumerable<Reference<BpfLink>> OfLostObject(PSObject obj)
    {
        if (obj.Properties[nameof(BpfObject.Programs)]?.Value is not { } programs)
        {
            return [];
        }
        var ids = ProgramResolver.Instance.ByObject(programs).Select(program => program.Thing.Id).ToHashSet();
        return All().Where(link => ids.Contains(link.ProgramId)).Select(link => new Reference<BpfLink>(link, obj, IsExplicit: false));
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<BpfLink>>? OfClass(string className, PSObject item)
    {
        if (className is not (nameof(BpfProgram) or nameof(BpfProgramStatistics)))
        {
            return base.OfClass(className, item);
        }
        var program = Id(item, nameof(BpfProgram.Id));
        return [.. All().Where(link => link.ProgramId == program).Select(link => new Reference<BpfLink>(link, item.BaseObject, IsExplicit: false))];
    }
}
