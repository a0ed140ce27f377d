using System.Management.Automation;
using BpfPS.Expressions;

namespace BpfPS.Commands;

/// <summary>What the cmdlets have in common that make objects of events: which of their members are wanted.</summary>
public abstract class EventObjectCmdlet : EventCmdlet
{
    private IReadOnlyList<NamedExpression> _properties = [];

    /// <summary>Only these members, and calculated properties, as in Select-Object.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public object[]? Property { get; set; }

    private protected override IReadOnlyList<NamedExpression>? Projection => Property is null ? null : _properties;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _properties = Property is null ? []
            : WithStacks(Require(() => PropertyParser.Parse(Property, SessionState, takesPatterns: true), null));
    }

    private protected override void Prepare(BpfEventStream stream)
    {
        if (Property is not null)
        {
            stream.SetProjection(_properties, ScriptRules.Instance);
        }
    }
}
