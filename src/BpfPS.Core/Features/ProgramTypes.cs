using System.Collections.Concurrent;
using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>Which types of programs the kernel loads, each asked once.</summary>
internal static class ProgramTypes
{
    private static readonly ConcurrentDictionary<uint, ProbeResult> s_cache = new();

    // "Invalid argument" means "no such type" only where the probe's form is right: the oldest type of all shows that.
    private static readonly Lazy<bool> s_takesAny = new(() =>
    {
        var result = ProgramProbe.Load(new LoadRequest(1), out _);
        if (result >= 0)
        {
            new FileDescriptor(result).Dispose();
        }
        return result >= 0;
    });

    /// <summary>The types that are known here, and those that only this kernel knows.</summary>
    public static IReadOnlyList<(uint Number, string Name, Version? Since)> All { get; } =
    [
        .. ProgramKind.All.Select(kind => (kind.Number, kind.Name, (Version?)Version.Parse(kind.Since))),
        .. (KernelTypes.Index?.Numbers("bpf_prog_type", "BPF_PROG_TYPE_") ?? [])
            .Where(type => type.Number > 0 && ProgramKind.All.All(kind => kind.Number != type.Number))
            .Select(type => (type.Number, type.Name, (Version?)null)),
    ];

    public static ProbeResult Probe(uint number) => s_cache.GetOrAdd(number, ProbeNow);

    /// <summary>Loads one program and says what came of it. The descriptor, where there is one, is the caller's.</summary>
    public static ProbeResult Load(ProgramKind kind, LoadRequest request, out FileDescriptor? program)
    {
        program = null;
        if (request.Target is not null && request.Target() is null)
        {
            return KernelTypes.Index is null
                ? ProbeResult.No($"it needs the kernel's BTF, and there is no {KernelTypes.Path}")
                : ProbeResult.Unknown("this kernel has no place that it could be tried on without harm");
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
            return ProbeResult.Unknown($"the verifier rejected the probe itself: {ProgramProbe.LastLine(log)}");
        }
        return (BpfErrno)errno switch
        {
            BpfErrno.EINVAL or BpfErrno.E2BIG when s_takesAny.Value => ProbeResult.No(TooOld(kind)),
            BpfErrno.EINVAL => ProbeResult.Unknown("this kernel takes not even a socket filter from this process: something else is wrong"),
            BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP =>
                ProbeResult.No($"this kernel cannot do it: {ErrnoText.Describe(errno)}{KernelConfiguration.Hint(kind.Option)}"),
            BpfErrno.ENOSYS => ProbeResult.No("this kernel has no bpf system call; it was built without CONFIG_BPF_SYSCALL"),
            _ => ProbeResult.Refused(errno, kind.Needs, $"loading a program of type {kind.Name}"),
        };
    }

    private static string TooOld(ProgramKind kind) => KernelConfiguration.Hint(kind.Option) is { Length: > 0 } hint
        ? $"this kernel does not know it{hint}"
        : $"this kernel does not know it; Linux has it since {kind.Since}{(kind.Option is { } option ? string.Create(CultureInfo.InvariantCulture, $", with {option}") : "")}";

    private static ProbeResult ProbeNow(uint number)
    {
        var kind = ProgramKind.All.FirstOrDefault(kind => kind.Number == number);
        if (kind is null)
        {
            return ProbeResult.Unknown("this kernel's BTF names it, and BpfPS knows of no way to probe it");
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
            // What could not be told about one way leaves the whole open; otherwise the first way's reason stands for all.
            first = first is null || first.Support == BpfSupport.No && result.Support == BpfSupport.Unknown && request.Target is null
                ? result : first;
        }
        return first!;
    }
}
