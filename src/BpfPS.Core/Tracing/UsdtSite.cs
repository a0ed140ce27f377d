namespace BpfPS.Tracing;

/// <summary>A place in a program or library where a USDT probe is.</summary>
/// <param name="Provider">Its provider.</param>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Where it is in the file, in bytes.</param>
/// <param name="Semaphore">
/// Where in the file the counter is that says whether somebody looks, in bytes; 0 if the probe does its work always.
/// </param>
/// <param name="Arguments">Where its arguments are, as the compiler wrote it: "-4@%eax 8@-16(%rbp)".</param>
internal sealed record UsdtSite(string Provider, string Name, ulong Offset, ulong Semaphore, string Arguments);
