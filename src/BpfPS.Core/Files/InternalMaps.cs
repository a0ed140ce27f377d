using BpfPS.Btf;

namespace BpfPS.Files;

/// <summary>Tells the maps that hold results from those that are a program's own.</summary>
internal static class InternalMaps
{
    private const string Tag = "bpfps:internal=1";

    /// <summary>Whether a map holds global variables (libbpf names it after its section), or is marked with BPFPS_INTERNAL.</summary>
    /// <param name="types">The object file's types; null where they are not known, as for somebody else's map.</param>
    /// <param name="name">The map's full name.</param>
    public static bool Contains(BtfTypes? types, string name) => name.Contains('.')
        || types?.Variables(".maps").Any(entry => entry.Variable.Name == name && types.Tags(entry.Variable.Id).Contains(Tag)) == true;
}
