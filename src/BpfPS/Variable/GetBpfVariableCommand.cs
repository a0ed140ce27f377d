using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfVariable: global variables of loaded programs.</summary>
[Cmdlet(VerbsCommon.Get, "BpfVariable")]
[OutputType(typeof(BpfGlobalVariable))]
public sealed class GetBpfVariableCommand : BpfCmdlet
{
    /// <summary>Names of variables, wildcards allowed.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(GlobalNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNull]
    public string[] Name { get; set; } = ["*"];

    /// <summary>
    /// Whose variables: started objects, programs or maps, by name or as objects; programs by id too. Without it, all that
    /// this session started.
    /// </summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [Alias("InputObject")]
    [ArgumentCompleter(typeof(StartedNameCompleter))]
    [ValidateNotNull]
    public ObjectReference[]? Object { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var map in Object is null ? BpfSession.Objects.SelectMany(obj => obj.Maps)
            : Object.SelectMany(item => Try(item.Maps, item.Value) ?? []))
        {
            if (!BpfGlobalVariable.IsSection(map))
            {
                continue;
            }
            foreach (var global in Try(() => BpfGlobalVariable.Of(map), map) ?? [])
            {
                if (Name.Any(name => Wildcards.Pattern(name).IsMatch(global.Name)))
                {
                    found.Add(global.Name);
                    WriteObject(global);
                }
            }
        }
        foreach (var missing in Name.Where(name => !Wildcards.IsPattern(name) && !found.Contains(name)))
        {
            WriteError(new BpfException(BpfErrorKind.NotFound, $"There is no variable '{VisibleText.Escape(missing)}'.",
                "List them with Get-BpfVariable; -Object says whose are meant."), missing);
        }
    }
}
