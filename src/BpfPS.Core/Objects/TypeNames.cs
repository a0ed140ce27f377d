using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS;

/// <summary>The words for types that libbpf and bpftool use.</summary>
internal static class TypeNames
{
    public static string Map(uint type) => Text(LibBpf.libbpf_bpf_map_type_str((int)type), type);

    public static string Program(uint type) => Text(LibBpf.libbpf_bpf_prog_type_str((int)type), type);

    public static string Link(uint type) => Text(LibBpf.libbpf_bpf_link_type_str((int)type), type);

    // A kernel can have types that the system's libbpf does not know yet.
    private static string Text(nint name, uint type) =>
        Marshal.PtrToStringUTF8(name) ?? string.Create(CultureInfo.InvariantCulture, $"type_{type}");
}
