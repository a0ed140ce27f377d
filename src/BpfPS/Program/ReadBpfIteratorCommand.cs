using System.Collections;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Read-BpfIterator: what an iterator program writes about the kernel's tasks, maps, sockets and so on.</summary>
[Cmdlet(VerbsCommunications.Read, "BpfIterator", DefaultParameterSetName = ByName)]
[OutputType(typeof(string), typeof(BpfRecord))]
public sealed class ReadBpfIteratorCommand : ReferenceCmdlet
{
    // What is said when a program starts: one that is running has it already.
    private static readonly string[] s_ofStart = [nameof(Variable), nameof(ProcessId), nameof(Map), nameof(Cgroup)];

    /// <summary>Started objects, wildcards allowed; or object files or C sources, which are started for the reading only.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName)]
    [Alias("FilePath")]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    [SupportsWildcards]
    [ValidateNotNull]
    public override string[]? Name { get; set; }

    /// <summary>The iterator's program, where the object has several.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ObjectProgramCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Program { get; set; }

    /// <summary>The struct that it writes, if nothing else tells.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? EventType { get; set; }

    /// <summary>Values for the program's variables.</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(VariableCompleter))]
    public Hashtable? Variable { get; set; }

    /// <summary>Only this process (task, task_file and task_vma).</summary>
    [Parameter(ParameterSetName = ByName)]
    [Alias("Pid")]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    [WholeNumber]
    public int? ProcessId { get; set; }

    /// <summary>The object's map that is gone through (bpf_map_elem and the like).</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(ObjectMapCompleter))]
    [ValidateNotNull]
    public MapReference? Map { get; set; }

    /// <summary>The cgroup that is gone through, with all below it (cgroup).</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Cgroup { get; set; }

    internal override IReferenceKind Kind => IteratorSourceResolver.Instance;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var (source, target, _) in References(IteratorSourceResolver.Instance))
        {
            if (source.Object is not null)
            {
                Read(() => Running(source), target);
                continue;
            }
            BpfObject? started = null;
            try
            {
                Read(() => started = Start(source.Name), target);
            }
            finally
            {
                started?.Dispose();
            }
        }
    }

    /// <summary>A started object, which is read as it was started.</summary>
    private BpfObject Running(ReadSource source) =>
        s_ofStart.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey) is not { } parameter ? source.Object!
            : throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{source}' is running already, and -{parameter} is for programs that are started.",
                $"Stop it first and specify its file, or remove -{parameter}.");

    private BpfObject Start(string name) => BpfObjectStarter.Start(ResolveObject(name), new BpfStartOptions
    {
        Variables = ObjectSource.Variables(Variable),
        Programs = Program is null ? [] : [Program],
        Attachment = AttachParameters.Of(MyInvocation),
        Session = ShellSession.Current(),
        Messages = WriteMessage,
    });

    private void Read(Func<BpfObject> find, object target)
    {
        using var reader = Try(() => new BpfIteratorReader(find(), Program), target);
        if (reader is null)
        {
            return;
        }
        using var output = reader.Read(EventType).GetEnumerator();
        while (!StopToken.IsCancellationRequested && Try(() => output.MoveNext() ? output.Current : null, target) is { } next)
        {
            foreach (var (what, how) in reader.TakeDoubts())
            {
                WriteWarning($"{reader.Name}: {what} {RemedyText.Of(how)}");
            }
            WriteObject(next);
        }
    }
}
