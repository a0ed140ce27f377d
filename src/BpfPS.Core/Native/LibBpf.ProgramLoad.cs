using System.Runtime.InteropServices;

namespace BpfPS.Native;

// bpf.h: loading instructions without an object.
internal static unsafe partial class LibBpf
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_prog_load(uint type, string? name, string license, ulong* instructions, nuint count,
        ProgramLoadOptions* options);
}
