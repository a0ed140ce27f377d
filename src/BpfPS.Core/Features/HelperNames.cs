using BpfPS.Btf;
using BpfPS.Files;

namespace BpfPS.Features;

/// <summary>The helpers by number and name, from the kernel's BTF or, without it, from the object that ships for the probes.</summary>
internal static class HelperNames
{
    private const string Enumeration = "bpf_func_id";
    private const string Prefix = "BPF_FUNC_";

    private static readonly Lazy<IReadOnlyList<(uint Number, string Name)>> s_all = new(Read, LazyThreadSafetyMode.PublicationOnly);

    public static IReadOnlyList<(uint Number, string Name)> All => s_all.Value;

    private static IReadOnlyList<(uint, string)> Read()
    {
        var names = KernelTypes.Index?.Numbers(Enumeration, Prefix).ToArray();
        if (names is not { Length: > 0 })
        {
            using var file = KernelQuestions.Open();
            names = [.. (file.Types.Find<BtfEnum>(Enumeration)?.Values ?? [])
                .Select(value => ((uint)value.Value, value.Key[Prefix.Length..].ToLowerInvariant()))];
        }
        return [.. names.Where(helper => helper.Number > 0).OrderBy(helper => helper.Number)];
    }
}
