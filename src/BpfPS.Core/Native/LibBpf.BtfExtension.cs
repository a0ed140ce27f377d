using System.Runtime.InteropServices;

namespace BpfPS.Native;

// btf.h: the section .BTF.ext.
internal static unsafe partial class LibBpf
{
    [LibraryImport(Library, EntryPoint = "btf__parse", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint btf__parse_with_extension(string path, out nint extension);
    [LibraryImport(Library)] internal static partial nint btf_ext__get_raw_data(nint extension, out uint size);
    [LibraryImport(Library)] internal static partial void btf_ext__free(nint extension);
}
