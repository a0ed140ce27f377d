using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Set-BpfVariable: sets global variables of loaded programs.</summary>
[Cmdlet(VerbsCommon.Set, "BpfVariable", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfGlobalVariable))]
public sealed class SetBpfVariableCommand : VariableCmdlet
{
    private readonly List<(BpfGlobalVariable Global, byte[] Bytes)> _checked = [];

    /// <summary>The new value.</summary>
    [Parameter(Position = 1, ParameterSetName = ByName)]
    [Parameter(Position = 1, ParameterSetName = ById)]
    [Parameter(Position = 1, ParameterSetName = ByPath)]
    [Parameter(Position = 2, ParameterSetName = ByObject)]
    [ValidateNotNull]
    public object? Value { get; set; }

    /// <summary>Give the variables.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Name is not null && Value is null)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "-Value is missing.", "Specify the new value with -Value."), Name);
        }
        if (Name is null && (Id.Length > 0 || Path is not null || !MyInvocation.ExpectingInput && InputObject.Length == 0))
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "No variable is specified.",
                "Specify it with -Name, or pipe one in: Get-BpfVariable lists them."), null);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Name is null)
        {
            foreach (var item in Flat(InputObject))
            {
                if (Try(() => Changed(item), item) is { } global)
                {
                    Check(global, global.Value);
                }
            }
            return;
        }
        foreach (var globals in Globals())
        {
            foreach (var name in Name)
            {
                if (Try(() => BpfGlobalVariable.Only(name, globals), name) is { } global)
                {
                    Check(global, Value);
                }
            }
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

    private static BpfGlobalVariable Changed(object? item) =>
        item is not null && PSObject.AsPSObject(item).BaseObject is BpfGlobalVariable global ? global
            : throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape($"{item}")}' is not a variable.",
                "Specify the variable with -Name and its value with -Value, or use the output of Get-BpfVariable.");

    private void Check(BpfGlobalVariable global, object? value) => _checked.Add((global, Require(() => global.Encode(PlainValue.Of(value)
        ?? throw new BpfException(BpfErrorKind.InvalidArgument, $"Variable '{VisibleText.Escape(global.Name)}' has no value ($null).",
            "Set its Value first.")), global)));
}
