using System.Collections.Concurrent;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>Probes the attach types of the kernel, each once and on its own.</summary>
internal static class AttachTypeProbes
{
    private static readonly ConcurrentDictionary<string, ProbeResult> s_cache = new(StringComparer.Ordinal);

    // Made when it is asked for: the kernel's own list is in its BTF, which takes long to read the first time.
    private static readonly Lazy<IReadOnlyList<(string Name, Version? Since)>> s_all = new(() =>
    [
        .. AttachKind.All.Select(kind => (kind.Name, (Version?)Version.Parse(kind.Since))),
        .. (KernelTypes.Index?.Numbers("bpf_attach_type", "BPF_") ?? [])
            .Where(type => AttachKind.All.All(kind => kind.Number != type.Number))
            .Select(type => (type.Name, (Version?)null)),
    ]);

    public static IReadOnlyList<(string Name, Version? Since)> All => s_all.Value;

    /// <summary>Whether the kernel's own list of attach types has it; null if the kernel has no BTF.</summary>
    public static bool? IsListed(uint number) => KernelTypes.Index?.Numbers("bpf_attach_type", "BPF_").Any(type => type.Number == number);

    public static ProbeResult Probe(string name)
    {
        if (s_cache.TryGetValue(name, out var known))
        {
            return known;
        }
        var result = ProbeNow(name);
        // What could not be found out may be known later: when something has been mounted, for example.
        return result.Support == BpfSupport.Unknown ? result : s_cache.GetOrAdd(name, result);
    }

    private static ProbeResult ProbeNow(string name)
    {
        var kind = AttachKind.All.FirstOrDefault(kind => kind.Name == name);
        if (kind is null)
        {
            return ProbeResult.Unknown("this kernel's BTF lists it, but BpfPS does not know how to test it");
        }
        // Some older kernels accept a program for an attach type that they do not have.
        if (kind.Number is { } number && IsListed(number) == false)
        {
            return ProbeResult.No($"this kernel does not support it; it requires Linux {kind.Since} or later");
        }
        var loaded = ProgramTypes.Load(kind.Kind, kind.Request, out var program);
        using (program)
        {
            var result = program is null ? loaded : kind.Check(program, kind.Number ?? 0);
            if (result.Support == BpfSupport.Yes && kind.Library is { } library && LibBpfLibrary.Version < Version.Parse(library))
            {
                return ProbeResult.No($"this kernel supports it, but libbpf {LibBpfLibrary.Version} does not; it requires libbpf {library} "
                    + "or later");
            }
            return result.Support == BpfSupport.No && !result.Reason!.Contains("built without", StringComparison.Ordinal)
                ? result with { Reason = result.Reason + KernelConfiguration.Hint(kind.Option) }
                : result;
        }
    }
}
