using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// The options of attaching, from a cmdlet's parameters of the same name. An option stands in two places: in
/// <see cref="BpfAttachOptions"/>, where the hooks that take it name it, and as a parameter of the cmdlet.
/// </summary>
internal static class AttachParameters
{
    /// <summary>The options that a cmdlet was given.</summary>
    /// <param name="invocation">The cmdlet's call.</param>
    /// <exception cref="BpfException">A map or program that is referred to does not exist.</exception>
    public static BpfAttachOptions Of(InvocationInfo invocation)
    {
        var options = new BpfAttachOptions();
        foreach (var (name, property) in BpfAttachOptions.Parameters)
        {
            if (invocation.BoundParameters.TryGetValue(name, out var value) && value is not null
                && IsTable(value) == (property.PropertyType == typeof(IReadOnlyDictionary<string, string>)))
            {
                property.SetValue(options, Converted(name, value, property.PropertyType));
            }
        }
        return options;
    }

    private static bool IsTable(object value) => PSObject.AsPSObject(value).BaseObject is IDictionary;

    private static object? Converted(string name, object value, Type type) => value switch
    {
        ProgramReference program => program.Resolve().Id,
        MapReference map => map.NameInFile(),
        _ when PSObject.AsPSObject(value).BaseObject is IDictionary table => ByProgram(name, table),
        _ when type == typeof(string) => Text(name, value),
        _ when type.IsGenericType
            && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) =>
            LanguagePrimitives.ConvertTo(value, type.GetGenericArguments()[0].MakeArrayType(), CultureInfo.InvariantCulture),
        _ => LanguagePrimitives.ConvertTo(value, type, CultureInfo.InvariantCulture),
    };

    /// <summary>One word, as PowerShell makes text of it; a list would become one text with spaces in it.</summary>
    private static string Text(string name, object value) =>
        PSObject.AsPSObject(value).BaseObject is IEnumerable and not string or PSCustomObject
        ? throw new BpfException(BpfErrorKind.InvalidArgument, $"-{name} takes one text, or a hashtable with a text for each program.",
            $"Write -{name} 'TEXT', or -{name} @{{ PROGRAM = 'TEXT'; OTHER = 'TEXT' }}.")
        : LanguagePrimitives.ConvertTo<string>(value);

    private static Dictionary<string, string> ByProgram(string name, IDictionary table)
    {
        var plain = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in table)
        {
            var program = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            plain[program] = PlainValue.Of(entry.Value) is string { Length: > 0 } text ? text
                : throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"-{name} for program '{VisibleText.Escape(program)}' is not a text: "
                        + $"'{RecordText.Format(PlainValue.Of(entry.Value))}'.",
                    $"Write it in quotes: -{name} @{{ {VisibleText.Escape(program)} = 'TEXT' }}.");
        }
        return plain;
    }
}
