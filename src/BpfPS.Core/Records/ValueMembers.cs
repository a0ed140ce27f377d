using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;

namespace BpfPS.Records;

/// <summary>The members of a user's value for a struct: a hashtable or a record.</summary>
internal static class ValueMembers
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> s_settable = new();

    /// <summary>Names and values; null if the value has no members.</summary>
    public static IEnumerable<KeyValuePair<string, object?>>? Of(object value) => value switch
    {
        IDictionary table => table.Keys.Cast<object>()
            .Select(key => KeyValuePair.Create(Convert.ToString(key, CultureInfo.InvariantCulture) ?? "", table[key])),
        BpfRecord record => Settable(record.GetType()).Select(property => KeyValuePair.Create(property.Name, property.GetValue(record))),
        _ => null,
    };

    /// <summary>One member of a record.</summary>
    public static object? Get(BpfRecord record, string name) =>
        Array.Find(Settable(record.GetType()), property => property.Name == name)?.GetValue(record);

    /// <summary>A record's properties that represent its bytes; totals are computed from them.</summary>
    private static PropertyInfo[] Settable(Type type) => s_settable.GetOrAdd(type, static made =>
        made.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.CanWrite)
            .ToArray());
}
