using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>The only function of libstdc++ in use. Optional: check <see cref="IsAvailable"/> first.</summary>
internal static partial class DwflDemangle
{
    private const string Library = "libstdc++.so.6";

    private static readonly Lazy<bool> Found = new(() => NativeLibrary.TryLoad(Library, typeof(DwflDemangle).Assembly, null, out _));

    /// <summary>Whether this system has libstdc++.</summary>
    internal static bool IsAvailable => Found.Value;

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial DwflString __cxa_demangle(string mangled, nint buffer, nint length, out int status);
}
