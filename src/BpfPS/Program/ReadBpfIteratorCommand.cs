using System.Collections;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Read-BpfIterator: what an iterator program writes about the kernel's tasks, maps, sockets and so on.</summary>
[Cmdlet(VerbsCommunications.Read, "BpfIterator", DefaultParameterSetName = ByName)]
[OutputType(typeof(string), typeof(BpfRecord))]
public sealed class ReadBpfIteratorCommand : ReferenceCmdlet
{
    /// <summary>Started objects, or object files or C sources, which are started for the reading only.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName)]
    [Alias("FilePath")]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    [ValidateNotNullOrEmpty]
    public override string[]? Name { get; set; }

    /// <summary>Started objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public override object[] InputObject { get; set; } = [];

    /// <summary>The iterator's program, where the object has several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Program { get; set; }

    /// <summary>The struct that it writes; without it, it writes text.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? EventType { get; set; }

    /// <summary>Values for the program's variables.</summary>
    [Parameter(ParameterSetName = ByName)]
    public Hashtable? Variable { get; set; }

    /// <summary>Only this process (task, task_file and task_vma).</summary>
    [Parameter(ParameterSetName = ByName)]
    [Alias("Pid")]
    public int? ProcessId { get; set; }

    /// <summary>The object's map that is gone through (bpf_map_elem and the like).</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(MapNameCompleter))]
    [ValidateNotNull]
    public MapReference? Map { get; set; }

    /// <summary>The cgroup that is gone through, with all below it (cgroup).</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Cgroup { get; set; }

    internal override IReferenceKind Kind => ObjectResolver.Instance;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name ?? [])
        {
            if (!ObjectSource.IsFile(name)
                && BpfSession.Objects.LastOrDefault(obj => obj.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } running)
            {
                Read(running);
                continue;
            }
            using var started = Require(() => Start(name), name);
            Read(started);
        }
        if (Name is null)
        {
            foreach (var obj in References(ObjectResolver.Instance))
            {
                Read(obj.Thing);
            }
        }
    }

    private BpfObject Start(string name) => BpfObjectStarter.Start(ResolveObject(name), new BpfStartOptions
    {
        Variables = ObjectSource.Variables(Variable),
        Programs = Program is null ? [] : [Program],
        Attachment = AttachParameters.Of(MyInvocation),
        Session = ShellSession.Current(),
        Messages = WriteMessage,
    });

    private void Read(BpfObject obj)
    {
        using var reader = Try(() => new BpfIteratorReader(obj, Program), obj);
        if (reader is null)
        {
            return;
        }
        using var records = EventType is null ? null : reader.ReadRecords(EventType).GetEnumerator();
        while (!StopToken.IsCancellationRequested
            && Try(() => records is null ? reader.TryReadLine(out var line) ? line : null : records.MoveNext() ? (object)records.Current
            : null, obj) is { } next)
        {
            WriteObject(next);
        }
    }
}
