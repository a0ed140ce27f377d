using System.Collections;
using System.Globalization;
using System.Management.Automation;
using BpfPS.Events;

namespace BpfPS.Commands;

/// <summary>Reads the structs of events: their names, or a hashtable of a tag's values with the struct of each.</summary>
internal static class EventTypeParser
{
    /// <summary>Reads a parameter's structs.</summary>
    /// <param name="given">What the user gave: names, or one hashtable; one of a single key with a hashtable names the tag.</param>
    /// <returns>The names, each once, and the tag; null without one.</returns>
    /// <exception cref="BpfException">It is neither.</exception>
    public static (string[] Names, StructTags? Tags) Parse(object[] given)
    {
        var plain = Array.ConvertAll(given, Unwrapped);
        if (!Array.Exists(plain, one => one is IDictionary))
        {
            return (Array.ConvertAll(plain, Name), null);
        }
        if (plain is not [IDictionary table])
        {
            throw Wrong("A hashtable of structs cannot stand beside other structs.");
        }
        string? member = null;
        if (table.Count == 1 && table.Cast<DictionaryEntry>().First() is var only && Unwrapped(only.Value) is IDictionary inner)
        {
            (member, table) = (Text(only.Key), inner);
        }
        var structs = table.Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create(Text(entry.Key), Name(Unwrapped(entry.Value))))
            .ToArray();
        var names = structs.Select(one => one.Value).Distinct(StringComparer.Ordinal).ToArray();
        return names.Length > 1 ? (names, new StructTags(member, structs)) : throw Wrong("A tag tells two structs or more apart.");
    }

    private static object? Unwrapped(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static string Text(object? key) => Unwrapped(key) switch
    {
        Enum value => Convert.ToString(Convert.ChangeType(value, Enum.GetUnderlyingType(value.GetType()), CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture)!,
        var plain => Convert.ToString(plain, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Name(object? value) => value is string { Length: > 0 } name ? name
        : throw Wrong($"'{VisibleText.Escape(LanguagePrimitives.ConvertTo<string>(value))}' is not the name of a struct.");

    private static BpfException Wrong(string what) => new(BpfErrorKind.InvalidArgument, what,
        "Write the names of structs, or the values of their tag with the struct of each: -EventType @{ 1 = 'opened'; 2 = 'closed' }.");
}
