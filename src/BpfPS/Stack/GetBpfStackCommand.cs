using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfStack: stack ids as frames with names.</summary>
[Cmdlet(VerbsCommon.Get, "BpfStack", DefaultParameterSetName = ByObject)]
[OutputType(typeof(BpfStack))]
public sealed class GetBpfStackCommand : BpfCmdlet
{
    private const string ByObject = "InputObject";
    private const string ByMap = "Map";

    private readonly BpfStackReader _reader = new();

    /// <summary>Events or map entries that carry stack ids, stack trace maps, or started objects (all stacks in their stack map).</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, Position = 0, ParameterSetName = ByObject)]
    public object[] InputObject { get; set; } = [];

    /// <summary>A stack trace map: the map itself, its id or its name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByMap)]
    [ArgumentCompleter(typeof(MapNameCompleter))]
    public MapReference? Map { get; set; }

    /// <summary>Stack ids, as bpf_get_stackid returned them; all of the map's without it.</summary>
    [Parameter(ParameterSetName = ByMap)]
    public int[]? Id { get; set; }

    /// <summary>The process whose user stacks they are.</summary>
    [Parameter]
    public uint? ProcessId { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Map is not null)
        {
            if (Try(Map.Resolve, Map.Value) is { } map)
            {
                WriteEach(Id is null ? _reader.ReadAll(map, ProcessId) : Id.Select(id => _reader.Read(map, id, null, ProcessId)), Map.Value);
            }
            return;
        }
        foreach (var item in InputObject)
        {
            if (Try(() => StacksOf(PSObject.AsPSObject(item)), item) is { } stacks)
            {
                WriteEach(stacks, item);
            }
        }
    }

    /// <inheritdoc/>
    private protected override void Release() => _reader.Dispose();

    private IEnumerable<BpfStack> StacksOf(PSObject item) => item.BaseObject is BpfRecord record ? _reader.Read(record, ProcessId)
        : MapResolver.Instance.ByObject(item).Where(map => map.IsExplicit || map.Thing.Type == "stack_trace").SelectMany(map => _reader.ReadAll(map.Thing, ProcessId));

    private void WriteEach(IEnumerable<BpfStack> stacks, object target)
    {
        using var each = Try(stacks.GetEnumerator, target);
        while (!StopToken.IsCancellationRequested && each is not null && Try(() => each.MoveNext() ? each.Current : Finished.Stack, target) is { } stack && stack != Finished.Stack)
        {
            WriteObject(stack);
        }
    }

    private static class Finished
    {
        public static readonly BpfStack Stack = new();
    }
}
