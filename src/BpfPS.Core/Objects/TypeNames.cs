using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS;

/// <summary>The words for types that libbpf and bpftool use.</summary>
internal static class TypeNames
{
    // Types of maps that are newer than the oldest libbpf that is supported.
    private static readonly Dictionary<uint, string> s_newerMaps = new() { [33] = "arena", [34] = "insn_array" };

    public static string Map(uint type) => s_newerMaps.GetValueOrDefault(type) ?? Text(LibBpf.libbpf_bpf_map_type_str((int)type), type);

    /// <summary>The number of a type of map by its name, with or without underscores, in any case; null when there is none.</summary>
    public static uint? MapNumber(string name)
    {
        for (var type = 1u; s_newerMaps.ContainsKey(type) || LibBpf.libbpf_bpf_map_type_str((int)type) != 0; type++)
        {
            if (Plain(Map(type)) == Plain(name))
            {
                return type;
            }
        }
        return s_newerMaps.Where(newer => Plain(newer.Value) == Plain(name)).Select(newer => (uint?)newer.Key).FirstOrDefault();

        static string Plain(string text) => text.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
    }

    public static string Program(uint type) => Text(LibBpf.libbpf_bpf_prog_type_str((int)type), type);

    public static string Link(uint type) => Text(LibBpf.libbpf_bpf_link_type_str((int)type), type);

    // A kernel can have types that the system's libbpf does not know yet.
    private static string Text(nint name, uint type) =>
        Marshal.PtrToStringUTF8(name) ?? string.Create(CultureInfo.InvariantCulture, $"type_{type}");
}
