using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfVariable: global variables of loaded programs.</summary>
[Cmdlet(VerbsCommon.Get, "BpfVariable", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfGlobalVariable))]
public sealed class GetBpfVariableCommand : VariableCmdlet
{
    private readonly HashSet<string> _found = new(StringComparer.OrdinalIgnoreCase);
    private bool _isRead;

    /// <summary>Names of variables, wildcards allowed; where none is given, all that are the program's own.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName)]
    [Parameter(Position = 0, ParameterSetName = ById)]
    [Parameter(Position = 0, ParameterSetName = ByPath)]
    [Parameter(Position = 1, ParameterSetName = ByObject)]
    [ArgumentCompleter(typeof(GlobalNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNull]
    public override string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var globals in Globals())
        {
            _isRead = true;
            foreach (var global in globals)
            {
                if (Name is null ? !global.IsInternal : Name.Any(name => Wildcards.Pattern(name).IsMatch(global.Name)))
                {
                    _found.Add(global.Name);
                    WriteObject(global);
                }
            }
        }
    }

    /// <summary>What none of the things has is one error, however many there were. Where they are errors, it adds none.</summary>
    protected override void EndProcessing()
    {
        foreach (var missing in (Name ?? []).Where(name => _isRead && !Wildcards.IsPattern(name) && !_found.Contains(name)))
        {
            WriteError(BpfGlobalVariable.Absent(missing), missing);
        }
    }
}
