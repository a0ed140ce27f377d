using System.Globalization;
using System.IO.Enumeration;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>The network interfaces of this network namespace, by name.</summary>
internal static class NetworkInterfaces
{
    /// <summary>The names of all interfaces.</summary>
    public static IReadOnlyList<string> Names => System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
        .Select(known => known.Name).Distinct().Order(StringComparer.Ordinal).ToArray();

    /// <summary>The interfaces to attach a program to.</summary>
    /// <exception cref="BpfException">No interface was specified, or one does not exist. A wildcard that matches nothing is an error too,
    /// because nothing would be attached.</exception>
    public static IReadOnlyList<(string Name, uint Index)> Of(ProgramToAttach program)
    {
        if (program.Options.Interfaces.Count == 0)
        {
            throw program.Missing("network interface", BpfRemedy.With($"Specify one with {BpfOption.Interface}. Wildcards are allowed."));
        }
        var found = new List<(string, uint)>();
        foreach (var wanted in program.Options.Interfaces)
        {
            var isPattern = wanted.AsSpan().ContainsAny('*', '?');
            var names = isPattern ? Names.Where(name => FileSystemName.MatchesSimpleExpression(wanted, name)).ToArray() : [wanted];
            var indices = names.Select(name => (name, Libc.if_nametoindex(name))).Where(entry => entry.Item2 != 0).ToArray();
            if (indices.Length == 0)
            {
                throw HookNames.Missing(program.Operation, "network interface", wanted, Names, errno: (int)BpfErrno.ENODEV);
            }
            found.AddRange(indices);
        }
        return found.Distinct().ToArray();
    }

    /// <summary>
    /// The part of a pin's name that distinguishes an interface's attachment from others. Pins may not have dots in their names, so
    /// it is "_eth0", or the interface's index if its name has unsuitable characters.
    /// </summary>
    public static string Suffix((string Name, uint Index) target) => target.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        ? $"_{target.Name}" : string.Create(CultureInfo.InvariantCulture, $"_{target.Index}");
}
