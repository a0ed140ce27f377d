using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// What a person gives in PowerShell, as the engine takes it: without PowerShell's wrapping, and objects without a class as
/// tables.
/// </summary>
internal static class PlainValue
{
    /// <summary>The value itself; a PSCustomObject as a table of its properties, lists and tables with plain values in them.</summary>
    public static object? Of(object? value) => value switch
    {
        PSObject { BaseObject: PSCustomObject } wrapped => IsText(wrapped) ? wrapped.ToString() : Table(wrapped),
        PSObject { BaseObject: PSObject or object[] or ArrayList or IDictionary } wrapped => Of(wrapped.BaseObject),
        PSObject wrapped => wrapped.BaseObject,
        object[] list => Array.ConvertAll(list, Of),
        ArrayList list => Array.ConvertAll(list.ToArray(), Of), // what an array becomes in a file of Export-Clixml, or from a job
        IDictionary table => Table(table),
        _ => value,
    };

    /// <summary>What remoting and jobs add to each object that they bring.</summary>
    private static readonly HashSet<string> s_remoting =
        new(["PSComputerName", "PSShowComputerName", "RunspaceId", "PSSourceJobInstanceId"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an object without a class was an address, a number or an enum: its text is all that is left of its value.</summary>
    private static bool IsText(PSObject value) => value.TypeNames.Any(name =>
        name.StartsWith("Deserialized.System.Net.", StringComparison.Ordinal)
        || name.StartsWith("Deserialized.System.Numerics.", StringComparison.Ordinal)
        || name == "Deserialized.System.Enum");

    private static Dictionary<string, object?> Table(PSObject value)
    {
        var table = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in value.Properties.Where(property => !s_remoting.Contains(property.Name)))
        {
            table[property.Name] = Of(property.Value);
        }
        return table;
    }

    private static Dictionary<string, object?> Table(IDictionary value)
    {
        var table = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in value)
        {
            table[Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? ""] = Of(entry.Value);
        }
        return table;
    }
}
