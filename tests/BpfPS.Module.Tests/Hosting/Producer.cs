using System.Runtime.InteropServices;

namespace BpfPS.Module.Tests.Hosting;

/// <summary>Makes the calls that the test programs turn into events: one event a call.</summary>
internal sealed partial class Producer : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stopping;

    private Producer(int callsAtOnce, int pauseInMilliseconds)
    {
        _thread = new Thread(() =>
        {
            while (!_stopping)
            {
                Call(callsAtOnce);
                if (pauseInMilliseconds > 0)
                {
                    Thread.Sleep(pauseInMilliseconds);
                }
            }
        }) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>The number of getppid, for the variable syscall_nr.</summary>
    public static int CallNumber => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 110 : 173;

    /// <summary>Makes so many calls now.</summary>
    public static void Call(int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            _ = getppid();
        }
    }

    /// <summary>Makes calls until it is disposed.</summary>
    public static Producer Steady(int callsAtOnce = 1, int pauseInMilliseconds = 2) => new(callsAtOnce, pauseInMilliseconds);

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    [LibraryImport("libc")]
    private static partial int getppid();
}
