using System.Collections.Concurrent;
using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>
/// Finds out which helpers a program type may call: the verifier checks a program that calls one, and its log has the answer.
/// </summary>
internal static class HelperProbes
{
    // kernel/bpf/verifier.c, check_helper_call; newer kernels write "cannot use", older ones "unknown".
    private static readonly string[] s_noes = ["program of this type cannot use helper", "unknown func ", "invalid func "];

    // The errors of a rejection by the verifier. Any other errno has another cause, such as lack of memory or of room for the log.
    private static readonly BpfErrno[] s_verdicts = [BpfErrno.EINVAL, BpfErrno.EACCES, BpfErrno.EPERM, BpfErrno.ENOTSUPP,
        BpfErrno.EOPNOTSUPP, BpfErrno.E2BIG, BpfErrno.EFAULT];

    private const string OtherPlaces = "helper call is not allowed in probe";
    private const string MightSleep = "might sleep";
    private const string CannotUse = "programs of this type cannot call it";

    private static readonly ConcurrentDictionary<(uint Type, uint Helper, bool EveryWay), ProbeResult> s_cache = new();
    private static readonly ConcurrentDictionary<(uint Type, int Way), ProbeResult> s_ways = new();

    /// <summary>Whether at least some programs of this type may call the helper.</summary>
    /// <param name="kind">The program type.</param>
    /// <param name="helper">The helper's number.</param>
    /// <param name="everyWay">Whether to try every attach type, so that the reason lists those that allow the helper; otherwise the
    /// first yes is the answer.</param>
    public static ProbeResult Probe(ProgramKind kind, uint helper, bool everyWay = false) =>
        s_cache.GetOrAdd((kind.Number, helper, everyWay), _ => ProbeNow(kind, helper, everyWay));

    /// <summary>The program types of which at least some programs may call the helper, in libbpf's words.</summary>
    /// <param name="helper">The helper as the verifier's log writes it, "bpf_xdp_adjust_head#44". Without a number there is no
    /// answer.</param>
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
            // First without the helper: an objection to the program itself would not be about the helper.
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
                : new ProbeResult(BpfSupport.Yes,
                    yes.Count <= no.Count ? $"only in programs for {Describe(yes)}" : $"not in programs for {Describe(no)}");
        }
        return no.FirstOrDefault(way => way.Answer.Support == BpfSupport.Unknown).Answer
            ?? (no.Count == 0 ? missing?.Answer ?? ProbeResult.Unknown("no program of this type could be tested")
                : missing is { } other ? ProbeResult.No($"{CannotUse}, as far as they load here; programs for {Name(other.Way)} do not")
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
        // The verifier checks the helper before its arguments, so any other objection is a yes.
        return log.Length == 0 || !s_verdicts.Contains((BpfErrno)(-result))
            ? ProbeResult.Refused(-result, kind.Needs, $"loading a program of type {kind.Name}")
            : s_noes.Any(words => log.Contains(words, StringComparison.Ordinal)) ? ProbeResult.No(CannotUse)
            : log.Contains(OtherPlaces, StringComparison.Ordinal) ? request.Target is null ? ProbeResult.No(CannotUse)
                : ProbeResult.Unknown("only some attach points allow it, and those that were tested do not")
            : log.Contains(MightSleep, StringComparison.Ordinal) ? new ProbeResult(BpfSupport.Yes, "in sleepable programs only")
            : kind.GoodRefusal is { } words && log.Contains(words, StringComparison.Ordinal)
                ? ProbeResult.Unknown("it may call the same helpers as the program that it replaces")
            : ProbeResult.Yes;
    }

    private static string Describe(IEnumerable<(LoadRequest Way, ProbeResult Answer)> ways) =>
        string.Join(", ", ways.Select(way => Name(way.Way)));

    private static string Name(LoadRequest request) =>
        (AttachKind.All.FirstOrDefault(attach => attach.Number == request.AttachType && attach.Kind.Number == request.Type)?.Name
            ?? request.Target?.Invoke()?.Name ?? "an unspecified attach type")
        + (request.IsSleepable ? " (sleepable)" : "");
}
