using System.Diagnostics;

namespace BpfPS.Module.Tests.Help;

/// <summary>
/// Something for the examples to see: a process that starts programs, fails to start one, sends a signal, computes and sleeps.
/// </summary>
internal sealed class Work : IDisposable
{
    private const string Script = """
        while :; do
            /bin/true; /nonexistent; kill -0 $$
            i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done
            sleep 0.05
        done 2>/dev/null
        """;

    private readonly Process[] _processes;

    // More than one for each CPU, so that they also wait for each other.
    public Work() => _processes = Enumerable.Range(0, Environment.ProcessorCount + 1)
        .Select(_ => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script]))!).ToArray();

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
    }
}
