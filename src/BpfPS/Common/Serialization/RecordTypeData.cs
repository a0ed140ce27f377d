using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace BpfPS.Commands;

/// <summary>
/// What PowerShell has to know of the classes that are made at run time, so that their objects mean the same in a file, in a job and on
/// another host: how deep they are, that enums go by name, and how their members are written as text. It is said in each runspace, when
/// the first object of the class is written there.
/// </summary>
internal static class RecordTypeData
{
    private static readonly ConditionalWeakTable<Runspace, HashSet<Type>> s_known = [];

    /// <summary>Tells this runspace of the class of a value, and of the classes of its members, if it does not know them.</summary>
    /// <param name="value">Anything that a cmdlet writes.</param>
    public static void Register(object? value)
    {
        if (value is not (BpfRecord or Enum) || Runspace.DefaultRunspace is not { } runspace)
        {
            return;
        }
        var known = s_known.GetOrCreateValue(runspace);
        if (known.Contains(value.GetType()))
        {
            return;
        }
        var found = new List<TypeData>();
        Add(value.GetType(), known, found);
        if (found.Count > 0)
        {
            Update(found);
        }
    }

    /// <summary>Tells this runspace of classes.</summary>
    public static void Update(IEnumerable<TypeData> classes)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Utility\Update-TypeData")
            .AddParameter("TypeData", classes.ToArray()).AddParameter("Force");
        try
        {
            shell.Invoke();
        }
        catch (CommandNotFoundException)
        {
            // A host without PowerShell's own modules has nothing to write files with either.
        }
        catch (CmdletInvocationException e) when (e.InnerException is CommandNotFoundException)
        {
            // the same, found out later
        }
    }

    private static uint Add(Type type, HashSet<Type> known, List<TypeData> found)
    {
        while (type.IsArray || Nullable.GetUnderlyingType(type) is not null)
        {
            type = type.GetElementType() ?? Nullable.GetUnderlyingType(type)!;
        }
        var isRecord = type.IsSubclassOf(typeof(BpfRecord));
        if (!isRecord && !type.IsEnum)
        {
            return 1;
        }
        var members = isRecord ? type.GetProperties(BindingFlags.Public | BindingFlags.Instance) : [];
        // The levels below: a list is one of its own.
        var depth = members.Select(member => Add(member.PropertyType, known, found) + (member.PropertyType.IsArray ? 1u : 0))
            .DefaultIfEmpty(0u).Max();
        if (known.Add(type))
        {
            TypeAccelerators.Add(type);
            found.Add(isRecord ? new TypeData(type.FullName) { TypeAdapter = typeof(RecordAdapter), SerializationDepth = depth + 1 }
                : new TypeData(type.FullName) { SerializationMethod = "String" });
        }
        return depth + 1;
    }
}
