using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfProgram: the programs in the kernel.</summary>
[Cmdlet(VerbsCommon.Get, "BpfProgram", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfProgram))]
public sealed class GetBpfProgramCommand : BpfCmdlet
{
    private const string ByName = "Name";
    private const string ById = "Id";
    private const string ByPath = "Path";
    private const string ByObject = "InputObject";

    /// <summary>Names, wildcards allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(ProgramNameCompleter))]
    [SupportsWildcards]
    public string[]? Name { get; set; }

    /// <summary>Ids.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ById)]
    public uint[] Id { get; set; } = [];

    /// <summary>Pins, wildcards allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Started objects, whose programs are wanted.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public BpfObject[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case ById:
                foreach (var id in Id)
                {
                    Write(Try(() => BpfProgram.FromId(id), id));
                }
                break;
            case ByPath:
                foreach (var path in Path)
                {
                    foreach (var pin in Try(() => PinSelector.Find(path), path) ?? [])
                    {
                        if (pin.Kind == BpfPinKind.Program)
                        {
                            Write(Try(() => BpfProgram.FromPin(pin.Path), pin.Path));
                        }
                    }
                }
                break;
            case ByObject:
                foreach (var program in InputObject.SelectMany(obj => obj.Programs))
                {
                    // Counters move on: what the kernel says now, not what it said at the start.
                    Write(program.Id == 0 ? program : Try(() => BpfProgram.FromId(program.Id), program));
                }
                break;
            default:
                ListByName();
                break;
        }
    }

    private void ListByName()
    {
        var programs = Require(() => BpfProgram.List().ToArray(), null);
        foreach (var name in Name ?? ["*"])
        {
            var found = Wildcards.Matching(programs, name, program => program.Name).ToArray();
            if (found.Length == 0 && !Wildcards.IsPattern(name))
            {
                WriteError(new BpfException(BpfErrorKind.NotFound, $"There is no program named '{RecordText.Escape(name)}' in the kernel.",
                    "List the programs with Get-BpfProgram."), name);
            }
            WriteObject(found, enumerateCollection: true);
        }
    }

    private void Write(BpfProgram? program)
    {
        if (program is not null)
        {
            WriteObject(program);
        }
    }
}
