using System.Globalization;

namespace BpfPS.Tests;

/// <summary>
/// A network namespace of the test's own with a pair of interfaces, left0 and right0; gone after the test with all that is on
/// them.
/// </summary>
internal sealed class NetworkLab : IDisposable
{
    private static int s_count;

    public NetworkLab()
    {
        Machine.RequireProgram("ip");
        Machine.RequireProgram("nsenter");
        Command.Output("ip", "netns", "add", Name);
        Command.Output("ip", "-n", Name, "link", "add", "left0", "type", "veth", "peer", "name", "right0");
    }

    /// <summary>Its name in /run/netns.</summary>
    public string Name { get; } = string.Create(CultureInfo.InvariantCulture,
        $"bpfps-lab-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");

    public string Path => $"/run/netns/{Name}";

    /// <summary>Its inode, which the kernel calls it by.</summary>
    public uint Inode => uint.Parse(Command.Output("stat", "-L", "-c", "%i", Path), CultureInfo.InvariantCulture);

    /// <summary>An interface's index, as ip tells it.</summary>
    public uint Index(string name) =>
        uint.Parse(Command.Output("ip", "-n", Name, "-o", "link", "show", name).Split(':')[0], CultureInfo.InvariantCulture);

    /// <summary>Runs a program in it that must succeed, and gives what it wrote.</summary>
    public string Run(params string[] command) =>
        Command.Output("nsenter", [$"--net={Path}", Machine.Find(command[0]) ?? command[0], .. command[1..]]);

    public void Dispose() => Command.Run("ip", "netns", "delete", Name);
}
