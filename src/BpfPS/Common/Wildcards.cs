using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Names with wildcards, as every cmdlet of the module takes them.</summary>
internal static class Wildcards
{
    public static bool IsPattern(string name) => WildcardPattern.ContainsWildcardCharacters(name);

    public static WildcardPattern Pattern(string name) => new(name, WildcardOptions.IgnoreCase);

    /// <summary>The things whose name matches a pattern; all where no pattern is given.</summary>
    public static IEnumerable<T> Matching<T>(IEnumerable<T> things, string? name, Func<T, string> nameOf)
    {
        if (name is null)
        {
            return things;
        }
        var pattern = Pattern(name);
        return things.Where(thing => pattern.IsMatch(nameOf(thing)));
    }
}
