using System.Management.Automation;
using System.Reflection;

namespace BpfPS.Commands;

/// <summary>Makes the module's types usable by their short names: <c>param([BpfMap] $Map)</c>.</summary>
internal static class TypeAccelerators
{
    private static readonly Type[] s_types =
    [
        typeof(BpfObject), typeof(BpfProgram), typeof(BpfMap), typeof(BpfMapEntry), typeof(BpfEvent), typeof(BpfPin),
        typeof(BpfTool), typeof(BpfVariable), typeof(BpfErrno), typeof(BpfStack), typeof(BpfStackFrame), typeof(BpfException),
        typeof(BpfVerifierException),
    ];

    // PowerShell's table of short names has no public door; without it the full names work all the same.
    private static readonly Type? s_table = typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators");

    public static void Register()
    {
        var known = s_table?.GetProperty("Get", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as IDictionary<string, Type>;
        foreach (var type in s_types)
        {
            if (known?.ContainsKey(type.Name) == false)
            {
                s_table!.GetMethod("Add", [typeof(string), typeof(Type)])?.Invoke(null, [type.Name, type]);
            }
        }
    }

    public static void Unregister()
    {
        foreach (var type in s_types)
        {
            s_table?.GetMethod("Remove", [typeof(string)])?.Invoke(null, [type.Name]);
        }
    }
}
