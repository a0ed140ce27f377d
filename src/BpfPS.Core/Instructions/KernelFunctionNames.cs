using System.Globalization;
using System.Text;

namespace BpfPS.Instructions;

/// <summary>
/// The names of kernel functions by their exact address, from /proc/kallsyms. Calls in a program are distances from
/// __bpf_call_base. The file is read for each listing, because the names of other programs come and go.
/// </summary>
internal sealed class KernelFunctionNames
{
    private static readonly byte[] s_base = Encoding.ASCII.GetBytes(" __bpf_call_base\n");

    private readonly Dictionary<ulong, string> _names = [];

    /// <summary>The base address of calls; 0 if the kernel hides it.</summary>
    public ulong CallBase { get; private init; }

    /// <summary>Reads the names of functions.</summary>
    /// <param name="addresses">Returns the addresses to look up, given the base address of calls.</param>
    public static KernelFunctionNames Read(Func<ulong, IEnumerable<ulong>> addresses)
    {
        byte[] file;
        try
        {
            file = File.ReadAllBytes("/proc/kallsyms");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new KernelFunctionNames();
        }
        return Read(file, addresses);
    }

    internal static KernelFunctionNames Read(ReadOnlySpan<byte> file, Func<ulong, IEnumerable<ulong>> addresses)
    {
        var at = file.IndexOf(s_base);
        var start = at < 0 ? 0 : file[..at].LastIndexOf((byte)'\n') + 1;
        var names = new KernelFunctionNames { CallBase = at < 0 ? 0 : AddressOf(file[start..at]) };
        var wanted = addresses(names.CallBase).ToHashSet();
        wanted.Remove(0);
        while (wanted.Count > 0 && !file.IsEmpty)
        {
            var end = file.IndexOf((byte)'\n');
            var line = end < 0 ? file : file[..end];
            file = end < 0 ? [] : file[(end + 1)..];
            // address, a space, a letter, a space, the name, and perhaps a tab and the module
            var address = AddressOf(line);
            var nameAt = line.IndexOf((byte)' ') + 3;
            if (nameAt < 3 || nameAt >= line.Length || !wanted.Contains(address) || names._names.ContainsKey(address))
            {
                continue;
            }
            var name = line[nameAt..];
            var tab = name.IndexOf((byte)'\t');
            names._names.Add(address, Encoding.UTF8.GetString(tab < 0 ? name : name[..tab]));
        }
        return names;
    }

    /// <summary>The name of the function at an address; null if there is none.</summary>
    public string? Find(ulong address) => _names.GetValueOrDefault(address);

    private static ulong AddressOf(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        return space > 0 && ulong.TryParse(line[..space], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
            ? address : 0;
    }
}
