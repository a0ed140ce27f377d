using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Names with wildcards, as every cmdlet of the module takes them.</summary>
internal static class Wildcards
{
    public static bool IsPattern(string name) => WildcardPattern.ContainsWildcardCharacters(name);

    /// <summary>The pattern that a name is.</summary>
    /// <exception cref="BpfException">It is not a valid pattern, such as one with a bracket that is not closed.</exception>
    public static WildcardPattern Pattern(string name)
    {
        var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
        try
        {
            _ = pattern.IsMatch(""); // PowerShell looks at a pattern when it is used first
            return pattern;
        }
        catch (WildcardPatternException e)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(name)}' is not a valid wildcard pattern.",
                "Close the bracket, or write ` before a bracket that is part of the name.", inner: e);
        }
    }

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
