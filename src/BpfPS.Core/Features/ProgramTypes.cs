using System.Collections.Concurrent;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>Finds out which program types the kernel loads, each once.</summary>
internal static class ProgramTypes
{
    private static readonly ConcurrentDictionary<uint, ProbeResult> s_cache = new();

    // "Invalid argument" means "no such type" only if the probe itself is valid, and the oldest type of all shows that.
    private static readonly Lazy<bool> s_takesAny = new(() =>
    {
        var result = ProgramProbe.Load(new LoadRequest(1), out _);
        if (result >= 0)
        {
            new FileDescriptor(result).Dispose();
        }
        return result >= 0;
    });

    // Made when it is asked for: the kernel's own list is in its BTF, which takes long to read the first time.
    private static readonly Lazy<IReadOnlyList<(uint Number, string Name, Version? Since)>> s_all = new(() =>
    [
        .. ProgramKind.All.Select(kind => (kind.Number, kind.Name, (Version?)Version.Parse(kind.Since))),
        .. (KernelTypes.Index?.Numbers("bpf_prog_type", "BPF_PROG_TYPE_") ?? [])
            .Where(type => type.Number > 0 && ProgramKind.All.All(kind => kind.Number != type.Number))
            .Select(type => (type.Number, type.Name, (Version?)null)),
    ]);

    /// <summary>The types that BpfPS knows, and those that only this kernel knows.</summary>
    public static IReadOnlyList<(uint Number, string Name, Version? Since)> All => s_all.Value;

    public static ProbeResult Probe(uint number) => s_cache.GetOrAdd(number, ProbeNow);

    /// <summary>Loads a program and returns the result. The caller owns the descriptor, if there is one.</summary>
    public static ProbeResult Load(ProgramKind kind, LoadRequest request, out FileDescriptor? program)
    {
        program = null;
        if (request.Target is not null && request.Target() is null)
        {
            return KernelTypes.Index is null
                ? ProbeResult.No($"it needs the kernel's BTF, but {KernelTypes.Path} does not exist")
                : ProbeResult.Unknown("this kernel has no attach point where it can be tested without harm");
        }
        var result = ProgramProbe.Load(request, out var log);
        if (result >= 0)
        {
            program = new FileDescriptor(result);
            return ProbeResult.Yes;
        }
        return Judge(kind, -result, log);
    }

    private static ProbeResult Judge(ProgramKind kind, int errno, string log)
    {
        if (kind.GoodRefusal is { } words && log.Contains(words, StringComparison.Ordinal))
        {
            return ProbeResult.Yes;
        }
        if (log.Length > 0 && (BpfErrno)errno is not (BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP))
        {
            return ProbeResult.Unknown($"the verifier rejected the test program itself: {ProgramProbe.LastLine(log)}");
        }
        return (BpfErrno)errno switch
        {
            BpfErrno.EINVAL or BpfErrno.E2BIG when s_takesAny.Value => ProbeResult.No(TooOld(kind)),
            BpfErrno.EINVAL => ProbeResult.Unknown("this kernel refuses even a socket filter, so something else is wrong"),
            BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP =>
                ProbeResult.No($"this kernel does not support it: {ErrnoText.Describe(errno)}{KernelConfiguration.Hint(kind.Option)}"),
            _ => ProbeResult.Refused(errno, kind.Needs, $"loading a program of type {kind.Name}"),
        };
    }

    private static string TooOld(ProgramKind kind) => KernelConfiguration.Hint(kind.Option) is { Length: > 0 } hint
        ? $"this kernel does not support it{hint}"
        : $"this kernel does not support it; it requires Linux {kind.Since} or later"
            + (kind.Option is null ? "" : $", with {kind.Option}");

    private static ProbeResult ProbeNow(uint number)
    {
        var kind = ProgramKind.All.FirstOrDefault(kind => kind.Number == number);
        if (kind is null)
        {
            return ProbeResult.Unknown("this kernel's BTF lists it, but BpfPS does not know how to test it");
        }
        ProbeResult? first = null;
        foreach (var request in kind.Loads)
        {
            var result = Load(kind, request, out var program);
            program?.Dispose();
            if (result.Support == BpfSupport.Yes)
            {
                return result;
            }
            // If the answer for one load is unknown, so is the whole; otherwise the reason of the first load stands for all.
            first = first is null || first.Support == BpfSupport.No && result.Support == BpfSupport.Unknown && request.Target is null
                ? result
                : first;
        }
        return first!;
    }
}
