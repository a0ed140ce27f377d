using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>References to programs.</summary>
internal sealed class ProgramResolver : KernelThingResolver<BpfProgram>
{
    /// <summary>The only one.</summary>
    public static ProgramResolver Instance { get; } = new();

    /// <inheritdoc/>
    public override string Noun => "program";

    /// <inheritdoc/>
    protected override BpfPinKind PinKind => BpfPinKind.Program;

    /// <inheritdoc/>
    public override IEnumerable<BpfProgram> All() => BpfProgram.List();

    /// <inheritdoc/>
    public override string NameOf(BpfProgram program) => program.Name;

    /// <inheritdoc/>
    public override uint? IdOf(BpfProgram program) => program.Id;

    /// <inheritdoc/>
    protected override BpfProgram FromId(uint id) => BpfProgram.FromId(id);

    /// <inheritdoc/>
    protected override BpfProgram FromPin(string path) => BpfProgram.FromPin(path);

    /// <inheritdoc/>
    protected override IEnumerable<BpfProgram> Of(BpfObject obj) => obj.Programs;

    /// <inheritdoc/>
    protected override IEnumerable<Reference<BpfProgram>> OfLostObject(PSObject obj) => InList(obj, nameof(BpfObject.Programs));

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<BpfProgram>>? OfClass(string className, PSObject item) => className switch
    {
        nameof(BpfLink) => Known(Id(item, nameof(BpfLink.ProgramId)), TargetOf(item)),
        nameof(BpfProgramStatistics) => Known(Id(item, nameof(BpfProgramStatistics.Id)), TargetOf(item)),
        nameof(BpfMapEntry) => InEntry(item),
        _ => base.OfClass(className, item),
    };
}
