namespace BpfPS.Kernel.Tests.Support;

/// <summary>The virtual machines of tests/vm.</summary>
internal static class Guest
{
    /// <summary>Whether this is one of them: what its kernel is new enough for must work.</summary>
    public static bool IsHere => Environment.GetEnvironmentVariable("BPFPS_VM") is not null;

    /// <summary>Whether timers tick less often than they are set to: an emulated processor is late for most ticks.</summary>
    public static bool MissesTicks => IsHere;
}
