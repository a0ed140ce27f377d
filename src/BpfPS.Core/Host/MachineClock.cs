using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS.Host;

/// <summary>Passes this machine's boot clock to the records, which do not make system calls themselves.</summary>
internal static class MachineClock
{
    /// <summary>Runs when the engine is loaded, before any record can be decoded.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255",
        Justification = "The engine has many entry points, and the clock must be set before any of them is called.")]
    internal static void HandIn() => KernelClock.ReadBootTime = BootClock.Now;
}
