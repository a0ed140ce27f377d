namespace BpfPS.Shell.Hosting;

/// <summary>Whoever read the shell's output has gone (EPIPE): there is nothing left to write for.</summary>
internal sealed class OutputClosedException() : IOException("Nobody reads the output any longer.");
