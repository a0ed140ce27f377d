using System.Collections;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Start-BpfProgram: loads and attaches a tool, an object file or a C source.</summary>
[Cmdlet(VerbsLifecycle.Start, "BpfProgram", SupportsShouldProcess = true)]
[OutputType(typeof(BpfObject))]
public sealed class StartBpfProgramCommand : BpfCmdlet
{
    /// <summary>A shipped tool's name, or the path of a .bpf.o or .bpf.c file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FilePath")]
    [ArgumentCompleter(typeof(ToolNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>Values for the program's variables.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VariableCompleter))]
    public Hashtable? Variable { get; set; }

    /// <summary>Only these of the object's programs.</summary>
    [Parameter]
    public string[] Program { get; set; } = [];

    /// <summary>Load only.</summary>
    [Parameter]
    public SwitchParameter NoAttach { get; set; }

    /// <summary>Pin maps and attachments in bpffs, below the object's name.</summary>
    [Parameter]
    public SwitchParameter Pin { get; set; }

    /// <summary>The directory in bpffs to pin in; implies -Pin.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PinPath { get; set; }

    /// <summary>Who may use the pins, as chmod takes it.</summary>
    [Parameter]
    public string? Mode { get; set; }

    /// <summary>Whose the pins are: user, user:group or :group.</summary>
    [Parameter]
    public string? Owner { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            if (Try(() => Start(name), name) is { } started)
            {
                WriteObject(started);
            }
        }
    }

    private BpfObject? Start(string name)
    {
        var path = ObjectSource.Resolve(name, ResolveFile);
        if (!ShouldProcess(name, "Load and attach BPF programs"))
        {
            return null;
        }
        var pin = PinPath ?? (Pin ? BpfObject.NameOf(path).Replace('.', '_') : null);
        var access = BpfPinAccess.Parse(Mode, Owner);
        if (access is not null && pin is null)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, "-Mode and -Owner are a pin's, and nothing is to be pinned.", "Pin with -Pin or -PinPath.");
        }
        if (pin is not null && !FileSystems.RequireBpf(this))
        {
            return null;
        }
        return BpfObjectStarter.Start(path, new BpfStartOptions
        {
            Variables = ObjectSource.Variables(Variable),
            Programs = Program,
            Attach = !NoAttach,
            PinPath = pin,
            PinAccess = access,
            Session = ShellSession.Current(),
            Messages = WriteMessage,
        });
    }
}
