using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>libbpf's static linker.</summary>
internal static partial class LibBpf
{
    // libbpf.h: the linker, since 0.4
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint bpf_linker__new(string path, nint options);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_linker__add_file(nint linker, string path, nint options);
    [LibraryImport(Library)] internal static partial int bpf_linker__finalize(nint linker);
    [LibraryImport(Library)] internal static partial void bpf_linker__free(nint linker);
}
