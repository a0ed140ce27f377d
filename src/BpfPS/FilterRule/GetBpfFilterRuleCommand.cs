using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfFilterRule: the rules of the packet filters, with what they have counted.</summary>
[Cmdlet(VerbsCommon.Get, "BpfFilterRule")]
[OutputType(typeof(BpfPacketRule))]
public sealed class GetBpfFilterRuleCommand : BpfCmdlet
{
    /// <summary>Interfaces, wildcards allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Interface { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Interface)
        {
            var found = Wildcards.Matching(BpfPacketFilter.All(), name, filter => filter.Interface).ToArray();
            if (found.Length == 0 && !Wildcards.IsPattern(name))
            {
                WriteError(NoFilter(name), name);
            }
            foreach (var rule in found.SelectMany(filter => Try(() => filter.Rules().ToArray(), filter.Interface) ?? []))
            {
                WriteObject(rule);
            }
        }
    }

    /// <summary>The error for an interface without a filter.</summary>
    internal static BpfException NoFilter(string name) => new(BpfErrorKind.NotFound,
        $"There is no packet filter on '{VisibleText.Escape(name)}'.", "Add-BpfFilterRule -Interface starts one with its first rule.");
}
