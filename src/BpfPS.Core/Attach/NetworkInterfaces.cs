using System.Globalization;
using System.IO.Enumeration;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>The network interfaces of this network namespace, by name.</summary>
internal static class NetworkInterfaces
{
    /// <summary>The names that there are.</summary>
    public static IReadOnlyList<string> Names => System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
        .Select(known => known.Name).Distinct().Order(StringComparer.Ordinal).ToArray();

    /// <summary>The interfaces that a program is to be attached to.</summary>
    /// <exception cref="BpfException">None was named, or one is not there; a wildcard that matches nothing is an error too, since
    /// nothing would be attached.</exception>
    public static IReadOnlyList<(string Name, uint Index)> Of(ProgramToAttach program)
    {
        if (program.Options.Interfaces.Count == 0)
        {
            throw program.Missing("to which network interface", "Name one with -Interface; wildcards are allowed.");
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
    /// What tells an interface's attachment from others in a pin's name, which may have no dots: "_eth0", or its index where the
    /// name has one.
    /// </summary>
    public static string Suffix((string Name, uint Index) target) => target.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        ? $"_{target.Name}" : string.Create(CultureInfo.InvariantCulture, $"_{target.Index}");
}
