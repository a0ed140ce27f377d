using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS.Host;

/// <summary>Hands this machine's boot clock to the records, which are pure and read none themselves.</summary>
internal static class MachineClock
{
    /// <summary>Runs when the engine is loaded, before any record can be decoded.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255",
        Justification = "The only way to a clock that is there before any of the many entries to the engine is called.")]
    internal static void HandIn() => KernelClock.ReadBootTime = BootClock.Now;
}
