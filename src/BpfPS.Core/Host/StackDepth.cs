using System.Globalization;

namespace BpfPS.Host;

/// <summary>How deep the stacks are that the kernel walks.</summary>
internal static class StackDepth
{
    private const uint Default = 127; // PERF_MAX_STACK_DEPTH in the kernel

    /// <summary>The most frames of a stack in a map (kernel.perf_event_max_stack).</summary>
    public static uint Greatest()
    {
        try
        {
            return uint.TryParse(File.ReadAllText("/proc/sys/kernel/perf_event_max_stack").Trim(), NumberStyles.None,
                CultureInfo.InvariantCulture, out var depth) && depth > 0 ? depth : Default;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Default;
        }
    }
}
