using System.Globalization;
using System.Net;
using System.Text;

namespace BpfPS.Host;

/// <summary>The SSH connection through which this process is used.</summary>
internal static class SshSession
{
    private const string Variable = "SSH_CONNECTION";
    private const int MostParents = 64;

    /// <summary>
    /// The two ends of the connection: from the environment of this process or, since sudo drops the variable, of one that it descends
    /// from. Null if there is none, or it cannot be seen.
    /// </summary>
    public static (IPEndPoint Client, IPEndPoint Server)? Find() =>
        Parse(Environment.GetEnvironmentVariable(Variable)) ?? Of(Environment.ProcessId);

    /// <summary>The same of any process, from the environment that it or one of those that it descends from was started with.</summary>
    /// <param name="process">Its id.</param>
    internal static (IPEndPoint Client, IPEndPoint Server)? Of(int process)
    {
        for (var i = 0; i < MostParents && process > 1; i++)
        {
            try
            {
                var variables = Encoding.UTF8.GetString(File.ReadAllBytes(Path(process, "environ"))).Split('\0');
                if (Parse(Array.Find(variables, one => one.StartsWith($"{Variable}=", StringComparison.Ordinal))?[(Variable.Length + 1)..])
                    is { } found)
                {
                    return found;
                }
                process = ParentOf(process);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
        return null;
    }

    /// <summary>The two ends, from the variable's value: the client's address and port, and the server's.</summary>
    internal static (IPEndPoint Client, IPEndPoint Server)? Parse(string? value) =>
        value?.Split(' ') is [var client, var clientPort, var server, var serverPort]
            && IPAddress.TryParse(client, out var from) && IPAddress.TryParse(server, out var to)
            && ushort.TryParse(clientPort, NumberStyles.None, CultureInfo.InvariantCulture, out var fromPort)
            && ushort.TryParse(serverPort, NumberStyles.None, CultureInfo.InvariantCulture, out var toPort)
            ? (new IPEndPoint(from, fromPort), new IPEndPoint(to, toPort)) : null;

    private static int ParentOf(int process) => File.ReadLines(Path(process, "status"))
        .Where(line => line.StartsWith("PPid:", StringComparison.Ordinal))
        .Select(line => int.Parse(line.AsSpan(5).Trim(), CultureInfo.InvariantCulture)).FirstOrDefault();

    private static string Path(int process, string file) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/{file}");
}
