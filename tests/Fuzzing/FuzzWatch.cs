using System.Diagnostics;
using System.Globalization;
using BpfPS.Fuzzing.Targets;

namespace BpfPS.Fuzzing;

/// <summary>
/// Has a child process try the inputs of a target, and watches it: an input that takes the process down, or does not come to an end,
/// is a finding too.
/// </summary>
internal sealed class FuzzWatch(FuzzTarget target, WorkFolder work, int seed)
{
    private const int MostRestarts = 20;
    private const long MostManagedMemory = 0x80000000; // 2 GiB: what wants more shall fail, and not the machine
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20); // for one input, on a machine that has other things to do
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_lineEvery = TimeSpan.FromSeconds(30);

    /// <summary>Runs a target to its end.</summary>
    public FuzzResult Run(long executions, TimeSpan longest)
    {
        var clock = Stopwatch.StartNew();
        ForgetMended();
        var done = 0L;
        var (edges, corpus) = (0, 0);
        var failure = "";
        for (var restarts = 0; restarts <= MostRestarts && done < executions && clock.Elapsed < longest; restarts++)
        {
            using var progress = Progress.Create(work.Progress(target));
            using var child = Start(executions - done, longest - clock.Elapsed, seed + restarts);
            var hangs = !Await(child, progress, clock, done);
            InputFile.Delete(child.Id);
            done += progress.Executions;
            (edges, corpus) = (Math.Max(edges, progress.Edges), Math.Max(corpus, progress.Corpus));
            if (!hangs && child.ExitCode == 0)
            {
                break;
            }
            if (progress.Input is not { } input || child.ExitCode == Program.Failed)
            {
                failure = $"ended with exit code {child.ExitCode}";
                break;
            }
            work.Save(target, hangs ? "no-end" : $"crash-{child.ExitCode}", input,
                hangs ? $"No end after {s_longest}." : "The process ended.");
        }
        File.Delete(work.Progress(target));
        return new FuzzResult(target.Name, done, edges, corpus, (int)clock.Elapsed.TotalSeconds, [.. Findings()], failure);
    }

    private IEnumerable<string> Findings() => KeptInputs.Of(work.Findings(target)).Where(path => Path.GetExtension(path) != ".txt");

    /// <summary>Removes the findings of earlier runs that are none any more. The others are still to be mended, and count again.</summary>
    private void ForgetMended()
    {
        foreach (var path in Findings().ToArray())
        {
            using var replay = Start(quiet: true, "replay", target.Name, path);
            if (!replay.WaitForExit(s_longest))
            {
                replay.Kill();
                replay.WaitForExit();
            }
            else if (replay.ExitCode == 0)
            {
                File.Delete(path);
                File.Delete($"{path}.txt");
            }
            InputFile.Delete(replay.Id);
        }
    }

    private Process Start(long executions, TimeSpan longest, int from) => Start(quiet: false, "child", target.Name, work.Root,
        executions.ToString(CultureInfo.InvariantCulture), longest.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        from.ToString(CultureInfo.InvariantCulture));

    private static Process Start(bool quiet, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(FuzzWatch).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true, // nothing is written; its end tells the child that this process is gone
            RedirectStandardOutput = quiet, // a line, which fits into the pipe
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = MostManagedMemory.ToString("x", CultureInfo.InvariantCulture);
        return Process.Start(start)!;
    }

    /// <summary>Waits for the child, and says every now and then how far it is.</summary>
    /// <returns>False if it had to be ended because an input came to no end.</returns>
    private bool Await(Process child, Progress progress, Stopwatch clock, long done)
    {
        var line = clock.Elapsed;
        try
        {
            while (!child.WaitForExit(s_pause))
            {
                if (progress.Tried > s_longest)
                {
                    return false;
                }
                if (clock.Elapsed - line >= s_lineEvery)
                {
                    line = clock.Elapsed;
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{target.Name}: {done + progress.Executions:n0} inputs in {clock.Elapsed:mm\\:ss}, {progress.Edges} edges, "
                            + $"corpus of {progress.Corpus}"));
                }
            }
            return true;
        }
        finally
        {
            if (!child.HasExited)
            {
                child.Kill();
                child.WaitForExit();
            }
        }
    }
}
