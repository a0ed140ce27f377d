using System.Collections;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>The list in a variable that -StatisticsVariable names, with the rules of PowerShell's own -OutVariable.</summary>
internal static class StatisticsList
{
    private const char Add = '+';

    /// <summary>Sets a variable in the scope of the caller to a list, and gives the list.</summary>
    /// <param name="variables">The caller's variables.</param>
    /// <param name="name">The variable's name; with + in front, the list begins with what the variable has.</param>
    public static ArrayList In(PSVariableIntrinsics variables, string name)
    {
        var list = new ArrayList();
        if (name[0] == Add)
        {
            name = name[1..];
            var before = variables.GetValue(name) is PSObject wrapped ? wrapped.BaseObject : variables.GetValue(name);
            list.AddRange(before is null ? Array.Empty<object>() : before as ICollection ?? new[] { before });
        }
        variables.Set(name, list);
        return list;
    }
}
