using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the protocols above IP that are asked for most.</summary>
public sealed class ProtocolCompleter : NameCompleter
{
    private static readonly string[] s_names = ["TCP", "UDP", "ICMP", "ICMPV6", "SCTP", "GRE", "ESP"];

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        s_names.Select(name => (name, ""));
}
