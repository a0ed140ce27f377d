using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>A cmdlet that does something with pins. A pin is named by its path: that is the first argument here.</summary>
public abstract class PinCmdlet : ReferenceCmdlet
{
    /// <summary>Names of what is pinned, wildcards allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    [SupportsWildcards]
    [ValidateNotNull]
    public override string[]? Name { get; set; }

    /// <summary>Paths in bpffs, wildcards allowed; a directory means all below it.</summary>
    [Parameter(Position = 0, ParameterSetName = ByPath)]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    [ValidateNotNull]
    public override string[]? Path { get; set; }

    /// <summary>Pins, what is pinned, or whatever has the Path of a pin.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public override object[] InputObject { get; set; } = [];

    internal sealed override IReferenceKind Kind => PinResolver.Instance;

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        foreach (var place in References(PinResolver.Instance))
        {
            ProcessPlace(place.Thing, place.Target);
        }
    }

    /// <summary>Does what the cmdlet does, for one place.</summary>
    private protected abstract void ProcessPlace(PinPlace place, object target);
}
