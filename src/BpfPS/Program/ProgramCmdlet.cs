using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>The four ways to say which program, for every cmdlet that takes programs.</summary>
public abstract class ProgramCmdlet : BpfCmdlet
{
    private protected const string ByName = "Name";
    private protected const string ById = "Id";
    private protected const string ByPath = "Path";
    private protected const string ByObject = "InputObject";

    /// <summary>Names, wildcards allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(ProgramNameCompleter))]
    [SupportsWildcards]
    public string[]? Name { get; set; }

    /// <summary>Ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    public uint[] Id { get; set; } = [];

    /// <summary>Pins, wildcards allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Programs, started objects (whose programs are meant), pins, or whatever has the Id of a program or the Path of its pin.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Whether a cmdlet without any of the four means every program.</summary>
    private protected virtual bool AllByDefault => false;

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        foreach (var (program, target) in Programs())
        {
            ProcessProgram(program, target);
        }
    }

    /// <summary>Does what the cmdlet does, for one program.</summary>
    private protected abstract void ProcessProgram(BpfProgram program, object target);

    private IEnumerable<(BpfProgram Program, object Target)> Programs()
    {
        switch (ParameterSetName)
        {
            case ById:
                foreach (var id in Id)
                {
                    if (Try(() => BpfProgram.FromId(id), id) is { } program)
                    {
                        yield return (program, id);
                    }
                }
                break;
            case ByPath:
                foreach (var path in Path)
                {
                    foreach (var program in Try(() => ProgramSelector.ByPath(path).ToArray(), path) ?? [])
                    {
                        yield return (program, path);
                    }
                }
                break;
            case ByObject:
                foreach (var program in InputObject.SelectMany(ProgramsOf))
                {
                    yield return (program, program);
                }
                break;
            case ByName when Name is null && !AllByDefault:
                Terminate(new BpfException(BpfErrorKind.InvalidArgument, "It is not said which program.",
                    "Name one, or give -Id, -Path, or a program from the pipeline: Get-BpfProgram lists them."), null);
                break;
            default:
                foreach (var name in Name ?? ["*"])
                {
                    foreach (var program in Try(() => ProgramSelector.ByName(name), name) ?? [])
                    {
                        yield return (program, name);
                    }
                }
                break;
        }
    }

    private IEnumerable<BpfProgram> ProgramsOf(PSObject item) => item.BaseObject switch
    {
        BpfProgram program => [program],
        BpfObject obj => obj.Programs,
        BpfPin { Kind: BpfPinKind.Program } pin => Try(() => BpfProgram.FromPin(pin.Path), pin) is { } pinned ? [pinned] : [],
        _ => Try(() => ProgramSelector.ByProperties(item)
            ?? throw new BpfException(BpfErrorKind.InvalidArgument, $"A {item.BaseObject.GetType().Name} is no program.",
                "Pipe in programs (Get-BpfProgram), links (Get-BpfLink), started objects (Get-BpfObject), program pins (Get-BpfPin), or objects with an Id."), item) is { } named ? [named] : [],
    };
}
