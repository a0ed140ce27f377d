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
    public static (BtfTypes Types, IReadOnlyList<BtfRelocation> Relocations) Read(string path)
    {
        var (types, extension) = BtfHandle.ReadFile(path);
        types ??= new BtfWriter().ToArray();
        return (BtfTypes.Parse(types), extension is null ? [] : BtfRelocations.Parse(extension, types));
    }
}
