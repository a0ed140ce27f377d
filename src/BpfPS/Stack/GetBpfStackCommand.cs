using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfStack: stack ids as frames with names.</summary>
[Cmdlet(VerbsCommon.Get, "BpfStack", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfStack))]
public sealed class GetBpfStackCommand : ReferenceCmdlet
{
    private readonly BpfStackReader _reader = new();

    /// <summary>Events or map entries that carry stack ids; or stack trace maps, and what leads to them.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByObject)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByName)]
    [Alias("Map")]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public override object[] InputObject { get; set; } = [];

    /// <summary>Stack ids, as bpf_get_stackid returned them; all of the map's without it.</summary>
    [Parameter]
    [ValidateNotNull]
    [WholeNumber]
    public int[]? StackId { get; set; }

    /// <summary>The process whose user stacks they are.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    [WholeNumber]
    public uint? ProcessId { get; set; }

    internal override IReferenceKind Kind => StackMaps.Instance;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // An event has the ids, and knows the map.
        var (records, others) = (new List<BpfRecord>(), new List<object?>());
        foreach (var item in Flat(InputObject))
        {
            if (item is not null && PSObject.AsPSObject(item).BaseObject is BpfRecord record)
            {
                records.Add(record);
            }
            else
            {
                others.Add(item);
            }
        }
        foreach (var record in records)
        {
            WriteEach(() => _reader.Read(record, ProcessId), record);
        }
        foreach (var lost in others.OfType<PSObject>().Where(ObjectOrigin.HasStacks).ToArray())
        {
            others.Remove(lost);
            WriteEach(() => _reader.Read(CarrierOf(lost), ObjectOrigin.StacksOf(lost), ProcessId), lost);
        }
        if (InputObject.Length > 0 && others.Count == 0)
        {
            return;
        }
        InputObject = [.. others!];
        // Of an object's maps, and of those that a wildcard matches, those of stacks are meant.
        foreach (var (map, target, _) in References(MapResolver.Instance)
            .Where(found => found.IsExplicit || StackMaps.Instance.Has(found.Thing)))
        {
            WriteEach(() => StackId is null ? _reader.ReadAll(map, ProcessId)
                : StackId.Select(id => _reader.Read(map, id, null, ProcessId)), target);
        }
    }

    private static BpfMap CarrierOf(PSObject lost) => ObjectOrigin.MapOf(lost)
        ?? throw new BpfException(BpfErrorKind.InvalidArgument, "The object does not know the map that it came from.",
            "Specify the stack trace map and the ids: Get-BpfStack NAME -StackId ID.");

    /// <inheritdoc/>
    private protected override void Release() => _reader.Dispose();

    private void WriteEach(Func<IEnumerable<BpfStack>> read, object target)
    {
        using var stacks = Try(() => read().GetEnumerator(), target);
        while (!StopToken.IsCancellationRequested && stacks is not null
            && Try(() => stacks.MoveNext() ? stacks.Current : Finished.Stack, target) is { } stack && stack != Finished.Stack)
        {
            WriteObject(stack);
        }
    }

    private static class Finished
    {
        public static readonly BpfStack Stack = new();
    }
}
