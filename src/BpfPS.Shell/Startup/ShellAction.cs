namespace BpfPS.Shell.Startup;

/// <summary>What the command line asks the shell to do.</summary>
internal enum ShellAction
{
    /// <summary>Read commands at a prompt, or a script from standard input when that is no terminal.</summary>
    ReadInput,

    /// <summary>Run the text of -Command.</summary>
    RunCommand,

    /// <summary>Run the script of -File.</summary>
    RunFile,

    /// <summary>Print the help and end.</summary>
    ShowHelp,

    /// <summary>Print the versions and end.</summary>
    ShowVersion,
}
