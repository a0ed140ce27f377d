using System.Diagnostics;
using System.Net;
using BpfPS.Native;

namespace BpfPS.Proving;

/// <summary>gethostlatency: the three functions with names that are addresses, with some that fail, and of another program.</summary>
internal sealed class GethostlatencyProof : ToolProof
{
    private const int BadFlags = 1 << 30;
    private const int NoFamily = 77;
    private static readonly string s_long = $"{new string('a', 63)}.{new string('b', 63)}.{new string('c', 63)}.{new string('d', 61)}";

    private sealed record Call(string Function, string Host, string Result, string Address, TimeSpan Took);

    public override string Tool => "gethostlatency";

    public override string Witness => "what each call returned, how long it took its caller, and the exit status of getent";

    public override void Run(ProofRun run)
    {
        using var neighbour = new NeighbourNamespace(run);
        run.Start();
        Call[] calls =
        [
            Info(run, "192.0.2.7", "SUCCESS", 0), Info(run, "2001:db8::7", "SUCCESS", 0), Info(run, "localhost", "SUCCESS", 0),
            Info(run, "nonsense", "EAI_NONAME", -2), Info(run, s_long, "EAI_NONAME", -2),
            Info(run, "192.0.2.8", "EAI_BADFLAGS", -1, flags: BadFlags), Info(run, "192.0.2.9", "EAI_FAMILY", -6, family: NoFamily),
            Info(run, "192.0.2.10", "EAI_SERVICE", -8, service: "no-such-service"),
            Info(run, "192.0.2.11", "EAI_ADDRFAMILY", -9, family: HostLookup.Ipv6),
            Info(run, null, "SUCCESS", 0, service: "80"),
            Named("GETHOSTBYNAME", "192.0.2.12", null), Named("GETHOSTBYNAME", "localhost", null),
            Named("GETHOSTBYNAME2", "192.0.2.13", HostLookup.Ipv4), Named("GETHOSTBYNAME2", "2001:db8::13", HostLookup.Ipv6),
            Named("GETHOSTBYNAME2", "not::an::address", HostLookup.Ipv6),
        ];
        var events = run.Events(record => (int)ProofRun.Number(record, "pid") == Environment.ProcessId, calls.Length);
        foreach (var call in calls)
        {
            if (run.Single($"{call.Function} {call.Host}", events, record => ProofRun.Text(record, "operation") == call.Function
                && ProofRun.Text(record, "host") == call.Host && ProofRun.Text(record, "result") == call.Result) is { } found)
            {
                run.Compare($"{call.Host}, address", call.Address, ProofRun.Text(found, "address"));
                run.Compare($"{call.Host}, truncated", false, ProofRun.Get(found, "truncated"));
                run.Compare($"{call.Host}, nanoseconds", 1, call.Took.TotalNanoseconds, ProofRun.Number(found, "duration"));
            }
        }
        Getent(run, neighbour);
    }

    private static Call Info(ProofRun run, string? host, string name, int expected, int? flags = null, int family = HostLookup.AnyFamily,
        string? service = null)
    {
        var clock = Stopwatch.StartNew();
        var (result, first) = HostLookup.AddressInfo(host, service, flags ?? (host == "localhost" ? 0 : HostLookup.NumericOnly), family);
        var took = clock.Elapsed;
        run.Compare($"getaddrinfo of {host}", expected, result);
        return new Call("GETADDRINFO", host ?? "", name, $"{first ?? IPAddress.IPv6Any}", took);
    }

    private static Call Named(string function, string host, int? family)
    {
        var clock = Stopwatch.StartNew();
        var first = HostLookup.HostByName(host, family);
        return new Call(function, host, first is null ? "NOT_FOUND" : "SUCCESS", $"{first ?? IPAddress.IPv6Any}", clock.Elapsed);
    }

    /// <summary>Another program, where no name server can be reached, so that a name is not found at once.</summary>
    private static void Getent(ProofRun run, NeighbourNamespace neighbour)
    {
        if (run.Shell("command -v getent >/dev/null").ExitCode != 0)
        {
            return;
        }
        var output = neighbour.Run("getent ahosts localhost >/dev/null; echo $?; getent ahosts unknown.bpfps.invalid; echo $?; "
            + "getent hosts unknown.bpfps.invalid; echo $?");
        run.Compare("exit statuses of getent", "0\n2\n2", output);
        var events = run.Events(record => ProofRun.Text(record, "comm") == "getent", 4);
        (string Function, string Host, bool Found, int Count)[] calls =
        [
            ("GETADDRINFO", "localhost", true, 1), ("GETADDRINFO", "unknown.bpfps.invalid", false, 1),
            ("GETHOSTBYNAME2", "unknown.bpfps.invalid", false, 2), // for IPv6, and then for IPv4
        ];
        foreach (var call in calls)
        {
            var found = events.Where(record => ProofRun.Text(record, "operation") == call.Function
                && ProofRun.Text(record, "host") == call.Host).ToArray();
            run.Compare($"{call.Function} {call.Host}", call.Count, found.Length);
            foreach (var record in found)
            {
                run.Compare($"{call.Host} found", call.Found, ProofRun.Text(record, "result") == "SUCCESS");
                run.Compare($"{call.Host} has an address", call.Found, ProofRun.Text(record, "address") != "::");
            }
        }
    }
}
