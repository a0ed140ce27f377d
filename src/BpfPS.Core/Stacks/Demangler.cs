using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Stacks;

/// <summary>Converts C++ and Rust symbols to source names, with libstdc++ if it is installed.</summary>
internal static class Demangler
{
    // Names come from files of other processes, and the demangler uses memory in proportion to their length.
    private const int LongestName = 4096;

    /// <summary>The readable name, or the name itself if it is not mangled or cannot be demangled.</summary>
    public static string Demangle(string name)
    {
        if (!name.StartsWith("_Z", StringComparison.Ordinal) || name.Length > LongestName || !DwflDemangle.IsAvailable)
        {
            return name;
        }
        using var text = DwflDemangle.__cxa_demangle(name, 0, 0, out var status);
        return status == 0 && text.Text is { } readable ? WithoutRustHash(readable) : name;
    }

    // Rust's older mangling ends every path in "::h" and 16 hexadecimal digits that mean nothing to the reader.
    private static string WithoutRustHash(string name)
    {
        const int hashLength = 3 + 16;
        return name.Length > hashLength && name.AsSpan(name.Length - hashLength).StartsWith("::h")
            && name.AsSpan(name.Length - 16).IndexOfAnyExcept("0123456789abcdef") < 0 ? name[..^hashLength] : name;
    }
}
