using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Remove-BpfFilterRule: removes rules of packet filters.</summary>
[Cmdlet(VerbsCommon.Remove, "BpfFilterRule", SupportsShouldProcess = true)]
[OutputType(typeof(BpfPacketRule))]
public sealed class RemoveBpfFilterRuleCommand : BpfCmdlet
{
    /// <summary>What the rules fit, as Get-BpfFilterRule shows it; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Match { get; set; } = [];

    /// <summary>The interface.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ValidateNotNullOrEmpty]
    public string Interface { get; set; } = "";

    /// <summary>Only rules that compare with this.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateSet("Source", "Destination", "Port", "SourcePort", "Protocol")]
    public string? Kind { get; set; }

    /// <summary>Give what was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (BpfPacketFilter.Of(Interface) is not { } filter)
        {
            WriteError(GetBpfFilterRuleCommand.NoFilter(Interface), Interface);
            return;
        }
        var rules = (Try(() => filter.Rules().ToArray(), Interface) ?? [])
            .Where(rule => Kind is null || rule.Kind.ToString().Equals(Kind, StringComparison.OrdinalIgnoreCase)).ToArray();
        foreach (var match in Match)
        {
            var found = Wildcards.Matching(rules, match, rule => rule.Match).ToArray();
            if (found.Length == 0 && !Wildcards.IsPattern(match))
            {
                WriteError(new BpfException(BpfErrorKind.NotFound,
                    $"There is no rule for '{VisibleText.Escape(match)}' on '{VisibleText.Escape(Interface)}'.",
                    "List the rules with Get-BpfFilterRule."), match);
            }
            foreach (var rule in found.Where(rule => ShouldProcess($"{rule}", "Remove a rule")))
            {
                if (Try(() => filter.Remove(rule.Kind, rule.Match) ? rule : null, match) is { } removed && PassThru)
                {
                    WriteObject(removed);
                }
            }
        }
    }
}
