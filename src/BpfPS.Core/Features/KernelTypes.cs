using BpfPS.Btf;
using BpfPS.Host;

namespace BpfPS.Features;

/// <summary>Looks up for the probes in the kernel's own BTF, after a single walk over it.</summary>
internal static class KernelTypes
{
    public const string Path = "/sys/kernel/btf/vmlinux";

    private static readonly Lazy<KernelTypeIndex?> s_index = new(Read);

    /// <summary>Null if the kernel has no BTF or it cannot be read.</summary>
    public static KernelTypeIndex? Index => s_index.Value;

    /// <summary>The first of these functions that the kernel has.</summary>
    public static BtfTarget? Function(params ReadOnlySpan<string> names) => First(Index?.Functions, names);

    /// <summary>The BTF type of the first of these tracepoints that the kernel has.</summary>
    public static BtfTarget? Tracepoint(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (First(Index?.Typedefs, [$"btf_trace_{name}"]) is { } found)
            {
                return found with { Name = name };
            }
        }
        return null;
    }

    /// <summary>The first of these operations that the kernel lets programs implement.</summary>
    /// <param name="members">Structs of operations, each with one of its members: "tcp_congestion_ops.ssthresh".</param>
    public static BtfTarget? Operation(params ReadOnlySpan<string> members)
    {
        foreach (var word in members)
        {
            var (name, member) = word.Split('.') is [var first, var second] ? (first, second) : (word, "");
            if (Index is { } index && index.Structs.ContainsKey($"bpf_struct_ops_{name}")
                && index.Structs.TryGetValue(name, out var composite)
                && composite.Members.Select(known => known.Name).ToList().IndexOf(member) is var place and >= 0)
            {
                return new BtfTarget(composite.Id, (uint)place, word);
            }
        }
        return null;
    }

    private static BtfTarget? First(IReadOnlyDictionary<string, uint>? known, ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (known?.TryGetValue(name, out var id) == true)
            {
                return new BtfTarget(id, 0, name);
            }
        }
        return null;
    }

    private static KernelTypeIndex? Read()
    {
        try
        {
            return new KernelTypeIndex(KernelBtf.Kernel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BtfFormatException)
        {
            return null;
        }
    }
}
