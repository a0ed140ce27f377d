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
        PSObject { BaseObject: PSCustomObject } wrapped => Table(wrapped),
        PSObject { BaseObject: PSObject or object[] or IDictionary } wrapped => Of(wrapped.BaseObject),
        PSObject wrapped => wrapped.BaseObject,
        object[] list => Array.ConvertAll(list, Of),
        IDictionary table => Table(table),
        _ => value,
    };

    private static Dictionary<string, object?> Table(PSObject value)
    {
        var table = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in value.Properties)
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
