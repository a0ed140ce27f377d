namespace BpfPS.Shell.Startup;

/// <summary>The command line cannot be understood; the message says what is wrong with it.</summary>
internal sealed class CommandLineException(string message) : Exception(message);
