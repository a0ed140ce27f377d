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
            Session = ShellSession.Current(),
            Messages = WriteMessage,
        });
    }
}
