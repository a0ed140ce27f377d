using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Set-BpfVariable: sets global variables of loaded programs.</summary>
[Cmdlet(VerbsCommon.Set, "BpfVariable", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfGlobalVariable))]
public sealed class SetBpfVariableCommand : BpfCmdlet
{
    private const string ByName = "Name";
    private const string ByVariable = "Variable";

    /// <summary>The name of the variable.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(GlobalNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The new value.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByName)]
    [ValidateNotNull]
    public object? Value { get; set; }

    /// <summary>Whose variable: a started object, a program or a map. Without it, one that this session started.</summary>
    [Parameter(Position = 2, ValueFromPipeline = true, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(StartedNameCompleter))]
    public ObjectReference? Object { get; set; }

    /// <summary>Variables of Get-BpfVariable whose Value was changed.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByVariable)]
    public BpfGlobalVariable[] InputObject { get; set; } = [];

    /// <summary>Give the variables.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private readonly List<(BpfGlobalVariable Global, byte[] Bytes)> _checked = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var globals = ParameterSetName == ByVariable ? InputObject : Named();
        foreach (var global in globals)
        {
            var value = PlainValue.Of(ParameterSetName == ByVariable ? global.Value : Value);
            _checked.Add((global,
                Require(() => global.Encode(value
                ?? throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Variable '{VisibleText.Escape(global.Name)}' has no value ($null).")), global)));
        }
    }

    /// <summary>Every value has been looked at: nothing is half done.</summary>
    protected override void EndProcessing()
    {
        foreach (var (global, bytes) in _checked)
        {
            if (!ShouldProcess($"{global.Map}: {global.Name}", "Set variable"))
            {
                continue;
            }
            var written = Try(() =>
            {
                global.Write(bytes);
                return global;
            }, global);
            if (written is not null && PassThru)
            {
                WriteObject(written);
            }
        }
    }

    private BpfGlobalVariable[] Named()
    {
        var maps = Object is null ? BpfSession.Objects.SelectMany(obj => obj.Maps) : Try(Object.Maps, Object.Value) ?? [];
        var found = maps.Where(BpfGlobalVariable.IsSection).SelectMany(map => Try(() => BpfGlobalVariable.Of(map), map) ?? [])
            .Where(global => global.Name.Equals(Name, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (found.Length == 1)
        {
            return found;
        }
        WriteError(found.Length == 0
            ? new BpfException(BpfErrorKind.NotFound, $"There is no variable '{VisibleText.Escape(Name)}'.",
                "List them with Get-BpfVariable; -Object says whose are meant.")
            : new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(Name)}' is a variable of several: "
                + $"{string.Join(", ", found.Select(global => VisibleText.Escape(global.Map)))}.",
                "Specify whose with -Object."), Name);
        return [];
    }
}
