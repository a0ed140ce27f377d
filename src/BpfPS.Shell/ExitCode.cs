namespace BpfPS.Shell;

/// <summary>The exit codes of the shell's own; a script's <c>exit N</c> goes before them.</summary>
internal static class ExitCode
{
    /// <summary>All went well, or the reader of the output has gone.</summary>
    public const int Success = 0;

    /// <summary>A terminating error, or the last command failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line makes no sense, or its script is not there (EX_USAGE of sysexits.h, as pwsh has it).</summary>
    public const int BadCommandLine = 64;

    /// <summary>SIGHUP ended the shell: 128 and the signal's number.</summary>
    public const int HungUp = 129;

    /// <summary>Ctrl+C stopped what -Command or -File ran.</summary>
    public const int Interrupted = 130;

    /// <summary>SIGTERM ended the shell.</summary>
    public const int Terminated = 143;
}
