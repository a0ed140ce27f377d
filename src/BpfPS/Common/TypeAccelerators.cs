using System.Management.Automation;
using System.Reflection;

namespace BpfPS.Commands;

/// <summary>
/// Makes the module's types usable in scripts: <c>param([BpfMap] $Map)</c>. PowerShell looks for types only in its own
/// load context, and the engine lives in another one, so the full names are entered as well as the short ones.
/// </summary>
internal static class TypeAccelerators
{
    private static readonly Type[] s_shortNames =
    [
        typeof(BpfObject), typeof(BpfProgram), typeof(BpfMap), typeof(BpfMapEntry), typeof(BpfEvent), typeof(BpfPin), typeof(BpfLink),
        typeof(BpfTool), typeof(BpfVariable), typeof(BpfErrno), typeof(BpfStack), typeof(BpfStackFrame), typeof(BpfException),
        typeof(BpfVerifierException), typeof(BpfCompilationException), typeof(BpfFeature), typeof(BpfFeatureCategory), typeof(BpfSupport),
        typeof(BpfInstruction), typeof(BpfJitedCode), typeof(BpfProgramStatistics), typeof(BpfTestRunResult),
        typeof(BpfCompilation), typeof(BpfDiagnostic), typeof(BpfMeasurement), typeof(BpfHistogram),
        typeof(BpfProbe), typeof(BpfProbeArgument), typeof(BpfProbeKind),
    ];

    // PowerShell's table of names has no public door; without it the objects work, but their types cannot be named.
    private static readonly Type? s_table = typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators");
    private static readonly List<string> s_added = [];

    // The table is the process's, and several sessions of it can have the module.
    private static readonly Lock s_lock = new();
    private static readonly HashSet<Guid> s_sessions = [];

    public static void Register(Guid session)
    {
        lock (s_lock)
        {
            s_sessions.Add(session);
            AddNames();
        }
    }

    public static void Unregister(Guid session)
    {
        lock (s_lock)
        {
            if (s_sessions.Remove(session) && s_sessions.Count == 0)
            {
                RemoveNames();
            }
        }
    }

    /// <summary>
    /// Enters the full name of a class that was made at run time. Update-TypeData, too, looks a class up by its name.
    /// </summary>
    public static void Add(Type made)
    {
        lock (s_lock)
        {
            Add(made.FullName!, made);
        }
    }

    private static void AddNames()
    {
        var fullNames = typeof(BpfMap).Assembly.GetExportedTypes().Where(type => !type.IsGenericType)
            .Select(type => (type.FullName!, type));
        foreach (var (name, type) in s_shortNames.Select(type => (type.Name, type)).Concat(fullNames))
        {
            Add(name, type);
        }
    }

    private static void Add(string name, Type type)
    {
        var known = s_table?.GetProperty("Get", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as IDictionary<string, Type>;
        if (known?.ContainsKey(name) == false)
        {
            s_table?.GetMethod("Add", [typeof(string), typeof(Type)])?.Invoke(null, [name, type]);
            s_added.Add(name);
        }
    }

    private static void RemoveNames()
    {
        var remove = s_table?.GetMethod("Remove", [typeof(string)]);
        s_added.ForEach(name => remove?.Invoke(null, [name]));
        s_added.Clear();
    }
}
