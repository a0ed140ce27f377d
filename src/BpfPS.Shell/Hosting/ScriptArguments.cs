using System.Management.Automation.Runspaces;

namespace BpfPS.Shell.Hosting;

/// <summary>Reads a script's arguments from a command line as pwsh -File does.</summary>
internal static class ScriptArguments
{
    /// <summary>Reads the arguments: <c>-Name value</c>, <c>-Name:value</c>, <c>-Switch:$false</c>, and all else by position.</summary>
    public static IEnumerable<CommandParameter> Parse(IEnumerable<string> arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument.Length < 2 || argument[0] != '-' || !(char.IsLetter(argument[1]) || argument[1] == '_'))
            {
                yield return new CommandParameter(null, argument);
                continue;
            }

            var colon = argument.IndexOf(':');
            yield return colon < 0
                // With its dash the engine reads the name as the parser would: a switch, or what follows is its value.
                ? new CommandParameter(argument)
                : new CommandParameter(argument[1..colon], Value(argument[(colon + 1)..]));
        }
    }

    private static object Value(string text) => text.ToUpperInvariant() switch
    {
        "$TRUE" => true,
        "$FALSE" => false,
        _ => text,
    };
}
