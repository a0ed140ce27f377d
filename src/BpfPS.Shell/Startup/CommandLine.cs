namespace BpfPS.Shell.Startup;

/// <summary>The command line as it was understood. It reads like pwsh's: any case, any unambiguous prefix.</summary>
internal sealed class CommandLine
{
    private static readonly string[] OptionNames =
        ["Command", "File", "Help", "Module", "NoImport", "NoLogo", "NonInteractive", "NoProfile", "Version"];

    /// <summary>What to do.</summary>
    public ShellAction Action { get; private set; } = ShellAction.ReadInput;

    /// <summary>The text of -Command, or the path of -File.</summary>
    public string Text { get; private set; } = string.Empty;

    /// <summary>What follows the path of -File, for the script.</summary>
    public IReadOnlyList<string> ScriptArguments { get; private set; } = [];

    /// <summary>Where -Module says the module is, a folder or its .psd1; null when it is to be looked for.</summary>
    public string? ModulePath { get; private set; }

    /// <summary>Whether to import the module at the start.</summary>
    public bool ImportModule { get; private set; } = true;

    /// <summary>Whether the prompt greets.</summary>
    public bool ShowLogo { get; private set; } = true;

    /// <summary>Whether questions (-Confirm, a missing mandatory parameter) may be asked.</summary>
    public bool MayAsk { get; private set; } = true;

    /// <summary>Reads a command line.</summary>
    /// <exception cref="CommandLineException">An option is unknown or ambiguous, or lacks its value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var result = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            // As pwsh has it, the first word that is no option is the script to run.
            if (!IsOption(arguments[i]))
            {
                return result.WithFile(arguments, i);
            }

            switch (FindOption(arguments[i]))
            {
                case "Command":
                    return result.WithCommand(arguments, i + 1);
                case "File":
                    return result.WithFile(arguments, i + 1);
                case "Module":
                    result.ModulePath = ValueAt(arguments, ++i, "-Module", "the module's folder");
                    break;
                case "Help":
                    result.Action = ShellAction.ShowHelp;
                    return result;
                case "Version":
                    result.Action = ShellAction.ShowVersion;
                    return result;
                case "NoImport":
                    result.ImportModule = false;
                    break;
                case "NoLogo":
                    result.ShowLogo = false;
                    break;
                case "NonInteractive":
                    result.MayAsk = false;
                    break;
            }
        }

        return result;
    }

    private static bool IsOption(string argument) => argument.Length > 1 && argument[0] == '-';

    private static string FindOption(string argument)
    {
        var name = argument.TrimStart('-');
        if (name == "?")
        {
            return "Help";
        }

        var matches = OptionNames.Where(option => option.StartsWith(name, StringComparison.OrdinalIgnoreCase)).ToArray();
        var exact = matches.FirstOrDefault(option => option.Length == name.Length);
        return (exact, matches) switch
        {
            (not null, _) => exact,
            (_, [var only]) when name.Length > 0 => only,
            (_, []) => throw new CommandLineException($"there is no option {argument}"),
            _ => throw new CommandLineException($"{argument} may mean {string.Join(" or ", matches.Select(match => "-" + match))}"),
        };
    }

    private static string ValueAt(IReadOnlyList<string> arguments, int index, string option, string what) =>
        index < arguments.Count ? arguments[index] : throw new CommandLineException($"{option} needs {what} after it");

    private CommandLine WithCommand(IReadOnlyList<string> arguments, int first)
    {
        if (ValueAt(arguments, first, "-Command", "the command's text, or -,") == "-")
        {
            return this;
        }

        Action = ShellAction.RunCommand;
        Text = string.Join(' ', arguments.Skip(first));
        return this;
    }

    private CommandLine WithFile(IReadOnlyList<string> arguments, int first)
    {
        var path = ValueAt(arguments, first, "-File", "the script's path, or -,");
        if (path == "-")
        {
            return this;
        }

        Action = ShellAction.RunFile;
        Text = path;
        ScriptArguments = [.. arguments.Skip(first + 1)];
        return this;
    }
}
