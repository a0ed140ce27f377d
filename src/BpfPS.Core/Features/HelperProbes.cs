using System.Collections.Concurrent;

namespace BpfPS.Features;

/// <summary>Which helpers a type of program may call: a program that calls one is handed to the verifier, and its log read.</summary>
internal static class HelperProbes
{
    // kernel/bpf/verifier.c, check_helper_call; "unknown" became "cannot use" in Linux 6.11.
    private static readonly string[] s_noes = ["program of this type cannot use helper", "unknown func ", "invalid func "];

    // What a rejection by the verifier returns; any other number is of something else, such as memory or the log's room.
    private static readonly BpfErrno[] s_verdicts = [BpfErrno.EINVAL, BpfErrno.EACCES, BpfErrno.EPERM, BpfErrno.ENOTSUPP, BpfErrno.EOPNOTSUPP, BpfErrno.E2BIG, BpfErrno.EFAULT];

    private const string OtherPlaces = "helper call is not allowed in probe";
    private const string MightSleep = "might sleep";
    private const string CannotUse = "programs of this type cannot use it";

    private static readonly ConcurrentDictionary<(uint Type, uint Helper), ProbeResult> s_cache = new();

    public static ProbeResult Probe(ProgramKind kind, uint helper) => s_cache.GetOrAdd((kind.Number, helper), _ => ProbeNow(kind, helper));

    private static ProbeResult ProbeNow(ProgramKind kind, uint helper)
    {
        var type = ProgramTypes.Probe(kind.Number);
        if (type.Support != BpfSupport.Yes)
        {
            return type;
        }
        ProbeResult? first = null;
        LoadRequest? refused = null;
        LoadRequest? unloaded = null;
        foreach (var request in kind.Loads)
        {
            if (request.Target is not null && request.Target() is null)
            {
                continue;
            }
            var result = ProbeNow(kind, request.Calling(helper));
            if (result.Support == BpfSupport.Yes)
            {
                return result.Reason is null && refused is not null
                    ? result with { Reason = $"not in every program of the type: {Describe(request)} allows it, {Describe(refused)} does not" } : result;
            }
            refused ??= request;
            unloaded ??= result.Reason != CannotUse ? request : null;
            first = first is null || first.Support == BpfSupport.Unknown ? result : first;
        }
        return first is null ? ProbeResult.Unknown("no program of this type could be tried")
            : first.Reason == CannotUse && unloaded is not null ? ProbeResult.No($"{CannotUse}, as far as they load here; a program for {Describe(unloaded)} does not")
            : first;
    }

    private static ProbeResult ProbeNow(ProgramKind kind, LoadRequest request)
    {
        var result = ProgramProbe.Load(request, out var log);
        if (result >= 0)
        {
            new Native.FileDescriptor(result).Dispose();
            return ProbeResult.Yes;
        }
        // The verifier looks at the helper before it looks at what is handed to it: any other complaint is a yes.
        return log.Length == 0 || !s_verdicts.Contains((BpfErrno)(-result)) ? Untold(kind, request, -result)
            : s_noes.Any(words => log.Contains(words, StringComparison.Ordinal)) ? ProbeResult.No(CannotUse)
            : log.Contains(OtherPlaces, StringComparison.Ordinal) ? request.Target is null ? ProbeResult.No(CannotUse)
                : ProbeResult.Unknown("only some places allow it, and those that were tried do not")
            : log.Contains(MightSleep, StringComparison.Ordinal) ? new ProbeResult(BpfSupport.Yes, "in sleepable programs only")
            : kind.GoodRefusal is { } words && log.Contains(words, StringComparison.Ordinal) ? ProbeResult.Unknown("it may call what the program that it replaces may call")
            : ProbeResult.Yes;
    }

    private static ProbeResult Untold(ProgramKind kind, LoadRequest request, int errno)
    {
        // An attach type that this kernel does not have says nothing about the helper.
        return (BpfErrno)errno is BpfErrno.EINVAL or BpfErrno.E2BIG ? ProbeResult.No(CannotUse)
            : ProbeResult.Refused(errno, kind.Needs, $"loading a program of type {kind.Name}");
    }

    private static string Describe(LoadRequest request) =>
        (AttachKind.All.FirstOrDefault(attach => attach.Number == request.AttachType && attach.Kind.Number == request.Type)?.Name ?? request.Target?.Invoke()?.Name ?? "a plain one")
        + (request.IsSleepable ? ", sleepable," : "");
}
