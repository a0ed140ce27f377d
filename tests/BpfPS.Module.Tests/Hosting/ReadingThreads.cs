namespace BpfPS.Module.Tests.Hosting;

/// <summary>The threads of this process that read events, as the kernel lists them.</summary>
internal static class ReadingThreads
{
    private static readonly string[] s_names = ["EventPump", "RingReader"];

    /// <summary>How many there are now.</summary>
    public static int Count => Directory.EnumerateDirectories("/proc/self/task").Count(IsReading);

    /// <summary>Fails the test unless there are so many soon.</summary>
    public static void AssertCount(int count)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (Count != count)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"{Count} threads read events, and not {count}.");
            Thread.Sleep(5);
        }
    }

    private static bool IsReading(string task)
    {
        try
        {
            return s_names.Contains(File.ReadAllText($"{task}/comm").Trim());
        }
        catch (IOException)
        {
            return false; // it has just ended
        }
    }
}
