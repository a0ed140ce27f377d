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

    /// <summary>Whether an object has values in it whose classes are made at run time, and can be others for each object.</summary>
    public static bool HasParts(object value) => value is BpfMapChange or BpfGlobalVariable or BpfStack or BpfTestRunResult;

    /// <summary>Tells this runspace of the class of a value, and of the classes of its members, if it does not know them.</summary>
    /// <param name="value">Anything that a cmdlet writes.</param>
    public static void Register(object value)
    {
        if (Runspace.DefaultRunspace is not { } runspace)
        {
            return;
        }
        var known = s_known.GetOrCreateValue(runspace);
        var found = new Dictionary<Type, TypeData>();
        foreach (var part in Parts(value))
        {
            Add(part.GetType(), known, found);
        }
        if (found.Count > 0)
        {
            Update(found.Values);
            known.UnionWith(found.Keys); // not before: a pipeline that is stopped meanwhile has told nothing
        }
    }

    private static IEnumerable<object> Parts(object value) => value switch
    {
        BpfMapChange change => new[] { change.Entry, change.Key, change.Old, change.New, change.Rate }.OfType<object>(),
        BpfGlobalVariable { Value: { } set } => [set],
        BpfStack { Record: { } record } => [record],
        BpfTestRunResult { Context: { } context } => [context],
        _ => [value],
    };

    /// <summary>Tells this runspace of classes.</summary>
    public static void Update(IEnumerable<TypeData> classes)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Utility\Update-TypeData")
            .AddParameter("TypeData", classes.ToArray()).AddParameter("Force").AddParameter("ErrorAction", ActionPreference.Ignore)
            // What the user prefers for commands that change something is not meant for this.
            .AddParameter("WhatIf", false).AddParameter("Confirm", false);
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

    /// <summary>Collects what is not known yet of a class and the classes of its members.</summary>
    /// <returns>How many levels its objects have.</returns>
    private static uint Add(Type type, HashSet<Type> known, Dictionary<Type, TypeData> found)
    {
        while (type.IsArray || Nullable.GetUnderlyingType(type) is not null)
        {
            type = type.GetElementType() ?? Nullable.GetUnderlyingType(type)!;
        }
        if (type == typeof(BpfHistogram))
        {
            return 2; // it is written as its data
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
        if (!known.Contains(type) && !found.ContainsKey(type))
        {
            TypeAccelerators.Add(type);
            found.Add(type, isRecord ? new TypeData(type.FullName) { TypeAdapter = typeof(RecordAdapter), SerializationDepth = depth + 1 }
                : new TypeData(type.FullName) { SerializationMethod = "String" });
        }
        return depth + 1;
    }
}
