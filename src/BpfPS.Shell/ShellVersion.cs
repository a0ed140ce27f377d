using System.Management.Automation;
using System.Reflection;

namespace BpfPS.Shell;

/// <summary>What the shell and its engine call themselves.</summary>
internal static class ShellVersion
{
    /// <summary>The version of the shell.</summary>
    public static Version Shell { get; } = typeof(ShellVersion).Assembly.GetName().Version ?? new Version(0, 0);

    /// <summary>The version of the embedded PowerShell engine, as the package names it.</summary>
    public static string Engine { get; } =
        typeof(PSObject).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split(' ', '+')[0]
        ?? "unknown";

    /// <summary>Both, in one line.</summary>
    public static string Line => $"bpfps-shell {Shell.ToString(3)}, PowerShell engine {Engine}";
}
