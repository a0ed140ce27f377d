using BpfPS.Btf;

namespace BpfPS.Files;

/// <summary>Distinguishes maps that hold results from maps that are internal to a program.</summary>
internal static class InternalMaps
{
    private const string Tag = "bpfps:internal=1";

    /// <summary>Whether a map holds global variables (libbpf names it after its section), or is marked with BPFPS_INTERNAL.</summary>
    /// <param name="types">The types of the object file; null if they are unknown, as for maps of others.</param>
    /// <param name="name">The map's full name.</param>
    public static bool Contains(BtfTypes? types, string name) => name.Contains('.')
        || types?.Variables(".maps").Any(entry => entry.Variable.Name == name && types.Tags(entry.Variable.Id).Contains(Tag)) == true;
}
