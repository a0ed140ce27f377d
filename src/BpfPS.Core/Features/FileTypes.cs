using BpfPS.Btf;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>
/// The types in a file as the compiler wrote them. Opening the object would change the types of the kernel functions in it.
/// </summary>
internal static class FileTypes
{
    /// <summary>The types, and the places that depend on kernel types.</summary>
    /// <exception cref="BtfFormatException">The types are damaged.</exception>
    // unsafe: the span has the size that libbpf returned, and is parsed before the BTF is freed.
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
