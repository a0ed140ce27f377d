namespace BpfPS.Probes;

/// <summary>
/// System calls whose tracepoints have the name of the function in the kernel, and not that of the call in the manual and in strace.
/// </summary>
internal static class SystemCallAliases
{
    private static readonly Dictionary<string, string> s_common = new(StringComparer.Ordinal)
    {
        ["newstat"] = "stat", ["newlstat"] = "lstat", ["newfstat"] = "fstat", ["newuname"] = "uname", ["sendfile64"] = "sendfile",
        ["umount"] = "umount2", ["sysctl"] = "_sysctl",
    };

    private static readonly Dictionary<string, string> s_traced = s_common.ToDictionary(pair => pair.Value, pair => pair.Key,
        StringComparer.Ordinal);

    /// <summary>The name that people use for a system call.</summary>
    /// <param name="traced">The name in its tracepoints.</param>
    public static string Common(string traced) => s_common.GetValueOrDefault(traced, traced);

    /// <summary>The name in the tracepoints of a system call.</summary>
    /// <param name="name">The name that people use, or already that of the tracepoints.</param>
    public static string Traced(string name) => s_traced.GetValueOrDefault(name, name);
}
