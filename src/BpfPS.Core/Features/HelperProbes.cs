using System.Collections.Concurrent;
using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>Which helpers a type of program may call: a program that calls one is handed to the verifier, and its log read.</summary>
internal static class HelperProbes
{
    // kernel/bpf/verifier.c, check_helper_call; newer kernels say "cannot use", older ones "unknown".
    private static readonly string[] s_noes = ["program of this type cannot use helper", "unknown func ", "invalid func "];

    // What a rejection by the verifier returns; any other number is of something else, such as memory or the log's room.
    private static readonly BpfErrno[] s_verdicts = [BpfErrno.EINVAL, BpfErrno.EACCES, BpfErrno.EPERM, BpfErrno.ENOTSUPP,
        BpfErrno.EOPNOTSUPP, BpfErrno.E2BIG, BpfErrno.EFAULT];

    private const string OtherPlaces = "helper call is not allowed in probe";
    private const string MightSleep = "might sleep";
    private const string CannotUse = "programs of this type cannot use it";

    private static readonly ConcurrentDictionary<(uint Type, uint Helper, bool EveryWay), ProbeResult> s_cache = new();
    private static readonly ConcurrentDictionary<(uint Type, int Way), ProbeResult> s_ways = new();

    /// <summary>Whether at least some programs of a type may call a helper.</summary>
    /// <param name="kind">The type.</param>
    /// <param name="helper">The helper's number.</param>
    /// <param name="everyWay">Whether to ask for every way to attach, so that the reason tells which ways allow it; otherwise the
    /// first yes ends it.</param>
    public static ProbeResult Probe(ProgramKind kind, uint helper, bool everyWay = false) =>
        s_cache.GetOrAdd((kind.Number, helper, everyWay), _ => ProbeNow(kind, helper, everyWay));

    /// <summary>The types of which at least some programs may call a helper, in libbpf's words.</summary>
    /// <param name="helper">The helper as the verifier's log has it, "bpf_xdp_adjust_head#44". Without a number there is nothing
    /// to ask.</param>
    public static IReadOnlyList<string> TypesThatMayCall(string helper) =>
        uint.TryParse(helper.AsSpan(helper.IndexOf('#') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && helper.Contains('#')
            ? [.. ProgramKind.All.Where(kind => Probe(kind, number).Support == BpfSupport.Yes).Select(kind => kind.Name)] : [];

    private static ProbeResult ProbeNow(ProgramKind kind, uint helper, bool everyWay)
    {
        var type = ProgramTypes.Probe(kind.Number);
        if (type.Support != BpfSupport.Yes)
        {
            return type;
        }
        var (yes, no) = (new List<(LoadRequest Way, ProbeResult Answer)>(), new List<(LoadRequest Way, ProbeResult Answer)>());
        (LoadRequest Way, ProbeResult Answer)? missing = null;
        for (var way = 0; way < kind.Loads.Count; way++)
        {
            var request = kind.Loads[way];
            // Without the helper first: what the verifier has against the program itself says nothing about the helper.
            var plain = s_ways.GetOrAdd((kind.Number, way), _ => Load(kind, request));
            if (plain.Support != BpfSupport.Yes)
            {
                missing ??= request.IsSleepable || request.Target is null ? null : (request, plain);
                continue;
            }
            var answer = Ask(kind, request.Calling(helper));
            (answer.Support == BpfSupport.Yes ? yes : no).Add((request, answer));
            if (yes.Count > 0 && !everyWay)
            {
                break;
            }
        }
        if (yes.Count > 0)
        {
            return yes[0].Answer.Reason is not null || no.Count == 0 ? yes[0].Answer
                : new ProbeResult(BpfSupport.Yes, yes.Count <= no.Count ? $"only in programs for {Describe(yes)}"
                    : $"not in programs for {Describe(no)}");
        }
        return no.FirstOrDefault(way => way.Answer.Support == BpfSupport.Unknown).Answer
            ?? (no.Count == 0 ? missing?.Answer ?? ProbeResult.Unknown("no program of this type could be tried")
                : missing is { } other ? ProbeResult.No($"{CannotUse}, as far as they load here; {Name(other.Way)} does not")
                    : no[0].Answer);
    }

    private static ProbeResult Load(ProgramKind kind, LoadRequest request)
    {
        var result = ProgramTypes.Load(kind, request, out var program);
        program?.Dispose();
        return result;
    }

    private static ProbeResult Ask(ProgramKind kind, LoadRequest request)
    {
        var result = ProgramProbe.Load(request, out var log);
        if (result >= 0)
        {
            new FileDescriptor(result).Dispose();
            return ProbeResult.Yes;
        }
        // The verifier looks at the helper before it looks at what is handed to it: any other complaint is a yes.
        return log.Length == 0 || !s_verdicts.Contains((BpfErrno)(-result))
            ? ProbeResult.Refused(-result, kind.Needs, $"loading a program of type {kind.Name}")
            : s_noes.Any(words => log.Contains(words, StringComparison.Ordinal)) ? ProbeResult.No(CannotUse)
            : log.Contains(OtherPlaces, StringComparison.Ordinal) ? request.Target is null ? ProbeResult.No(CannotUse)
                : ProbeResult.Unknown("only some places allow it, and those that were tried do not")
            : log.Contains(MightSleep, StringComparison.Ordinal) ? new ProbeResult(BpfSupport.Yes, "in sleepable programs only")
            : kind.GoodRefusal is { } words && log.Contains(words, StringComparison.Ordinal)
                ? ProbeResult.Unknown("it may call what the program that it replaces may call")
            : ProbeResult.Yes;
    }

    private static string Describe(IEnumerable<(LoadRequest Way, ProbeResult Answer)> ways) =>
        string.Join(", ", ways.Select(way => Name(way.Way)));

    private static string Name(LoadRequest request) =>
        (AttachKind.All.FirstOrDefault(attach => attach.Number == request.AttachType && attach.Kind.Number == request.Type)?.Name
            ?? request.Target?.Invoke()?.Name ?? "a plain one")
        + (request.IsSleepable ? " (sleepable)" : "");
}
