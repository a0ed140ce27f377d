using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// A cmdlet that does something with global variables. Its Name is that of the variable. Whose it is can be said by id, pin or
/// object, which then comes first, and is everything of this session if it is not said.
/// </summary>
public abstract class VariableCmdlet : ReferenceCmdlet
{
    /// <summary>Names of variables.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName)]
    [Parameter(Position = 0, ParameterSetName = ById)]
    [Parameter(Position = 0, ParameterSetName = ByPath)]
    [Parameter(Position = 1, ParameterSetName = ByObject)]
    [ArgumentCompleter(typeof(GlobalNameCompleter))]
    [ValidateNotNull]
    public override string[]? Name { get; set; }

    /// <summary>Whose variables: started objects, programs or maps, by name or as objects; programs by id too.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByObject)]
    [Alias("Object")]
    [ArgumentCompleter(typeof(StartedNameCompleter))]
    public override object[] InputObject { get; set; } = [];

    internal sealed override IReferenceKind Kind => VariableOwnerResolver.Instance;

    private protected sealed override bool AllByDefault => true;

    private protected sealed override string[]? ThingNames => null;

    /// <summary>
    /// The variables of each thing that was named, and of everything that this session started where nothing was. A thing whose
    /// variables cannot be read is an error, and is left out.
    /// </summary>
    private protected IEnumerable<BpfGlobalVariable[]> Globals()
    {
        foreach (var (named, maps) in ReferenceGroups(VariableOwnerResolver.Instance))
        {
            // A map that was named alone is meant to have some. Of several, those that have some are meant.
            if (!MyInvocation.ExpectingInput && InputObject.Length == 1 && maps is [{ Thing: var only }] && IsThatMap(named, only)
                && !BpfGlobalVariable.IsSection(only))
            {
                Try(() => BpfGlobalVariable.Of(only), only);
                continue;
            }
            var globals = new List<BpfGlobalVariable>();
            var isRead = true;
            foreach (var (map, target, _) in maps.Where(found => BpfGlobalVariable.IsSection(found.Thing)))
            {
                if (Try(() => BpfGlobalVariable.Of(map), target) is { } section)
                {
                    globals.AddRange(section);
                }
                else
                {
                    isRead = false;
                }
            }
            if (isRead)
            {
                yield return [.. globals];
            }
        }
    }

    private static bool IsThatMap(object? named, BpfMap map) => named is not null && PSObject.AsPSObject(named).BaseObject switch
    {
        BpfMap => true,
        string name => MapResolver.Instance.IsNamed(map, name),
        _ => false,
    };
}
