using BpfPS.Btf;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>
/// A file's types as the compiler wrote them: opening the object changes those of the kernel functions that it refers to.
/// </summary>
internal static class FileTypes
{
    /// <summary>The types, and the places that depend on the kernel's.</summary>
    /// <exception cref="BtfFormatException">They are damaged.</exception>
    // unsafe: the span has the size that libbpf states, and is parsed before the BTF is freed.
    public static unsafe (BtfTypes Types, IReadOnlyList<BtfRelocation> Relocations) Read(string path)
    {
        using var btf = new BtfHandle(ProbeCalls.btf__parse(path, out var extensions));
        if (btf.IsInvalid)
        {
            return (BtfTypes.Parse(new BtfWriter().ToArray()), []);
        }
        try
        {
            var bytes = btf.ToArray();
            var size = 0u;
            var data = extensions == 0 ? 0 : ProbeCalls.btf_ext__get_raw_data(extensions, out size);
            return (BtfTypes.Parse(bytes), data == 0 ? [] : BtfRelocations.Parse(new ReadOnlySpan<byte>((void*)data, (int)size), bytes));
        }
        finally
        {
            if (extensions != 0)
            {
                ProbeCalls.btf_ext__free(extensions);
            }
        }
    }
}
