using System.Globalization;
using BpfPS.Native;

namespace BpfPS;

/// <summary>Asks the kernel which types of program may call a helper.</summary>
internal static class HelperProbe
{
    /// <summary>The names of the types that may, as libbpf calls them. Those that libbpf cannot ask for (tracing, lsm, ext, struct_ops) are not among them.</summary>
    /// <param name="helper">The helper as the verifier's log has it: "bpf_xdp_adjust_head#44". Without a number there is nothing to ask.</param>
    public static IReadOnlyList<string> TypesThatHave(string helper)
    {
        var types = new List<string>();
        var mark = helper.IndexOf('#');
        if (mark < 0 || !int.TryParse(helper.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return types;
        }
        using var messages = LibBpfMessages.To(null);
        // Type 0 is none; libbpf knows no name for the first that it does not know.
        for (var type = 1; LibBpf.libbpf_bpf_prog_type_str(type) is var name && name != 0; type++)
        {
            if (LibBpf.libbpf_probe_bpf_helper(type, number, 0) == 1)
            {
                types.Add(ObjectFile.Text(name));
            }
        }
        return types;
    }
}
