using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Net;
using BpfPS.Host;

namespace BpfPS.Commands;

/// <summary>Add-BpfFilterRule: drops, allows or counts packets that come in by an interface.</summary>
[Cmdlet(VerbsCommon.Add, "BpfFilterRule", SupportsShouldProcess = true, DefaultParameterSetName = BySource)]
[OutputType(typeof(BpfPacketRule))]
public sealed class AddBpfFilterRuleCommand : BpfCmdlet
{
    private const string BySource = "Source";
    private const string ByDestination = "Destination";
    private const string ByPort = "Port";
    private const string BySourcePort = "SourcePort";
    private const string ByProtocol = "Protocol";

    private static readonly string[] s_withPorts = ["TCP", "UDP"];

    private bool _yesToAll;
    private bool _noToAll;

    /// <summary>Addresses or prefixes that packets come from.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = BySource)]
    [Alias("Address", "IPAddress")]
    [ValidateNotNullOrEmpty]
    public string[] Source { get; set; } = [];

    /// <summary>Addresses or prefixes that packets go to.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByDestination)]
    [ValidateNotNullOrEmpty]
    public string[] Destination { get; set; } = [];

    /// <summary>Ports that packets go to.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPort)]
    [WholeNumber]
    public ushort[] Port { get; set; } = [];

    /// <summary>Ports that packets come from.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BySourcePort)]
    [WholeNumber]
    public ushort[] SourcePort { get; set; } = [];

    /// <summary>Protocols; with ports, those that are meant.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByProtocol)]
    [Parameter(ParameterSetName = ByPort)]
    [Parameter(ParameterSetName = BySourcePort)]
    [ArgumentCompleter(typeof(ProtocolCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Protocol { get; set; } = [];

    /// <summary>The interfaces by which the packets come in.</summary>
    [Parameter(Mandatory = true)]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Interface { get; set; } = [];

    /// <summary>What happens to them.</summary>
    [Parameter]
    [ValidateSet("Deny", "Allow", "Count")]
    public string Action { get; set; } = "Deny";

    /// <summary>How long the rule holds.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? For { get; set; }

    /// <summary>Where the filter of an interface runs that has none yet.</summary>
    [Parameter]
    [ValidateSet("Default", "Native", "Generic", "Offload")]
    public string XdpMode { get; set; } = "Default";

    /// <summary>Do not ask before a rule that locks out the SSH session in which this shell runs.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Give the rules.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var action = Enum.Parse<BpfPacketRuleAction>(Action, ignoreCase: true);
        foreach (var (kind, match) in Require(Rules, null))
        {
            foreach (var name in Interface)
            {
                var rule = new BpfPacketRule { Interface = name, Kind = kind, Match = match, Action = action };
                if (ShouldProcess($"{rule}{(For is { } time ? $" for {RecordText.Duration(time)}" : "")}", "Add a rule")
                    && (action != BpfPacketRuleAction.Deny || MayLockOut(rule)) && Try(() => Add(rule), name) is { } added && PassThru)
                {
                    WriteObject(added);
                }
            }
        }
    }

    private BpfPacketRule? Add(BpfPacketRule rule)
    {
        var filter = BpfPacketFilter.Of(rule.Interface);
        var isNew = filter is null;
        if (filter is null)
        {
            if (!FileSystems.RequireBpf(this))
            {
                return null;
            }
            filter = BpfPacketFilter.Start(rule.Interface, Enum.Parse<BpfXdpMode>(XdpMode, ignoreCase: true), WriteMessage);
        }
        try
        {
            filter.Set(rule.Kind, rule.Match, rule.Action, For);
        }
        catch when (isNew)
        {
            filter.Stop(); // it was started for this rule
            throw;
        }
        return filter.Rules().FirstOrDefault(one => one.Kind == rule.Kind && one.Match == rule.Match) ?? rule;
    }

    /// <summary>Asks, if the rule drops the packets of the SSH session in which this shell runs.</summary>
    private bool MayLockOut(BpfPacketRule rule)
    {
        if (Force || SshSession.Find() is not var (client, server) || !BpfPacketFilter.Fits(rule.Kind, rule.Match, client, server))
        {
            return true;
        }
        var what = $"'{rule}' drops the packets of the SSH session in which this shell runs, from {client}.";
        try
        {
            return ShouldContinue(what, "Lock this session out?", ref _yesToAll, ref _noToAll);
        }
        catch (Exception e) when (e is InvalidOperationException or HostException or NotImplementedException)
        {
            // Nobody can be asked.
            WriteError(new BpfException(BpfErrorKind.InvalidArgument, what, "Use -Force if that is intended."), rule.Interface);
            return false;
        }
    }

    private List<(BpfPacketRuleKind Kind, string Match)> Rules() => ParameterSetName switch
    {
        BySource => [.. Source.Select(text => (BpfPacketRuleKind.Source, Prefix(text)))],
        ByDestination => [.. Destination.Select(text => (BpfPacketRuleKind.Destination, Prefix(text)))],
        ByPort => [.. Ports(BpfPacketRuleKind.Port, Port)],
        BySourcePort => [.. Ports(BpfPacketRuleKind.SourcePort, SourcePort)],
        _ => [.. Protocol.Select(name => (BpfPacketRuleKind.Protocol, name.ToUpperInvariant()))],
    };

    private IEnumerable<(BpfPacketRuleKind, string)> Ports(BpfPacketRuleKind kind, ushort[] ports) =>
        from port in ports
        from protocol in Protocol.Length == 0 ? s_withPorts : Protocol
        select (kind, string.Create(CultureInfo.InvariantCulture, $"{protocol.ToUpperInvariant()}/{port}"));

    private static string Prefix(string text)
    {
        if (IPNetwork.TryParse(text, out var prefix))
        {
            return prefix.ToString();
        }
        return IPAddress.TryParse(text, out var address) && (text.Contains(':', StringComparison.Ordinal) || text == address.ToString())
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8).ToString()
            : throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(text)}' is no address and no prefix.",
                "Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.");
    }
}
