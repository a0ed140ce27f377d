using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using BpfPS.Fuzzing.Targets;

namespace BpfPS.Fuzzing;

/// <summary>
/// Tries inputs that are led by coverage on the parts of the engine that read what comes from outside. The engine beside the program
/// has to be an instrumented copy, except to replay single inputs.
/// </summary>
internal static class Program
{
    /// <summary>The exit code for a run that could not be; 1 is for findings.</summary>
    public const int Failed = 3;

    private const int Misused = 2;
    private const int LargestKept = 4096;

    private const string Usage = """
        BpfPS.Fuzzing run [-work FOLDER] [-percent N] [-seconds N] [-seed N] [TARGET...]
            tries as many inputs as a nightly run does, or N percent of that, for so many seconds a target at most
        BpfPS.Fuzzing replay TARGET FILE...
            tries inputs once, and shows what comes of them
        BpfPS.Fuzzing keep [-work FOLDER] [-most N] [TARGET...]
            copies what reached something new into the corpus of the repository, as few and as small as possible
        """;

    public static int Main(string[] arguments)
    {
        EdgeMap.Install(); // before anything of the engine is loaded: its first code runs then
        return Run(arguments);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Run(string[] arguments)
    {
        try
        {
            return arguments switch
            {
                ["run", .. var rest] => RunTargets(new Options(rest)),
                ["child", var name, var folder, var executions, var seconds, var seed] =>
                    RunChild(Target(name), new WorkFolder(folder), Number(executions), Number(seconds), (int)Number(seed)),
                ["replay", var name, .. var files] => Replay(Target(name), files),
                ["keep", .. var rest] => Keep(new Options(rest)),
                _ => throw new ArgumentException(Usage),
            };
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            Console.Error.WriteLine(e.Message);
            return Misused;
        }
        finally
        {
            InputFile.Delete(Environment.ProcessId);
        }
    }

    private static int RunTargets(Options options)
    {
        var results = new List<FuzzResult>();
        foreach (var target in options.Targets)
        {
            results.Add(target.NeedsRoot && !Environment.IsPrivilegedProcess
                ? new FuzzResult(target.Name, 0, 0, 0, 0, [], "it needs root") { IsSkipped = true }
                : new FuzzWatch(target, options.Work, options.Seed)
                    .Run((long)Math.Ceiling(target.NightlyExecutions * options.Percent / 100), TimeSpan.FromSeconds(options.Seconds)));
            Show(results[^1]);
        }
        Console.WriteLine();
        Console.WriteLine($"{"target",-14} {"inputs",10} {"edges",7} {"corpus",7} {"time",7} {"findings",9}");
        foreach (var result in results)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Target,-14} {result.Executions,10:n0} {result.Edges,7:n0} {result.Corpus,7:n0} "
                    + $"{TimeSpan.FromSeconds(result.Seconds),7:m\\:ss} {result.Findings.Count,9}  {result.Problem}").TrimEnd());
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"all",-14} {results.Sum(result => result.Executions),10:n0}"));
        File.WriteAllText(options.Work.Results, JsonSerializer.Serialize(results));
        return results.Exists(result => result.Findings.Count > 0 || result.Problem.Length > 0 && !result.IsSkipped) ? 1 : 0;
    }

    private static void Show(FuzzResult result)
    {
        foreach (var path in result.Findings)
        {
            var first = File.ReadLines($"{path}.txt").FirstOrDefault();
            Console.WriteLine($"{result.Target}: {path}: {VisibleText.Escape(first ?? "")}");
        }
    }

    private static int RunChild(FuzzTarget target, WorkFolder work, double executions, double seconds, int seed)
    {
        using var progress = Progress.Open(work.Progress(target));
        new Thread(EndWithParent) { IsBackground = true }.Start();
        try
        {
            new FuzzLoop(target, work, progress, seed).Run((long)executions, TimeSpan.FromSeconds(seconds));
            return 0;
        }
        catch (Exception e)
        {
            // Of this program and not of the engine, whose exceptions are findings.
            Console.Error.WriteLine($"{target.Name}: {e}");
            return Failed;
        }
    }

    /// <summary>Ends this process when the one that watches it is gone: nobody would end an input that comes to no end.</summary>
    private static void EndWithParent()
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
            // nothing is ever written
        }
        InputFile.Delete(Environment.ProcessId);
        Environment.Exit(Failed);
    }

    private static int Replay(FuzzTarget target, IEnumerable<string> files)
    {
        var findings = 0;
        foreach (var file in files)
        {
            var finding = Attempt.Try(target, File.ReadAllBytes(file));
            Console.WriteLine($"{file}: {(finding is var (_, what) ? what : "used or refused")}");
            findings += finding is null ? 0 : 1;
        }
        return findings > 0 ? 1 : 0;
    }

    /// <summary>Adds to the kept corpus what takes edges that nothing in it takes, the smallest first. How often is not asked.</summary>
    private static int Keep(Options options)
    {
        foreach (var target in options.Targets)
        {
            EdgeMap.Forget();
            foreach (var input in target.Seeds().Concat(KeptInputs.Of(target).Select(File.ReadAllBytes)))
            {
                Reaches(target, input);
            }
            var kept = 0;
            foreach (var input in KeptInputs.Of(options.Work.Corpus(target)).Select(File.ReadAllBytes).OrderBy(input => input.Length))
            {
                if (kept < options.Most && input.Length <= LargestKept && Reaches(target, input))
                {
                    var path = Path.Combine(KeptInputs.Folder, target.Name, $"found-{InputName.Of(input)}");
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    File.WriteAllBytes(path, input);
                    kept++;
                }
            }
            Console.WriteLine($"{target.Name}: {kept} kept");
        }
        return 0;
    }

    private static bool Reaches(FuzzTarget target, byte[] input)
    {
        EdgeMap.Clear();
        return Attempt.Try(target, input) is null & EdgeMap.Collect(withCounts: false);
    }

    private static FuzzTarget Target(string name) => FuzzTargets.All.FirstOrDefault(target => target.Name == name)
        ?? throw new ArgumentException(
            $"There is no target '{name}'. The targets are {string.Join(", ", FuzzTargets.All.Select(target => target.Name))}.");

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>The options of the command line.</summary>
    private sealed class Options
    {
        public Options(string[] arguments)
        {
            var targets = new List<FuzzTarget>();
            for (var i = 0; i < arguments.Length; i++)
            {
                if (!arguments[i].StartsWith('-'))
                {
                    targets.Add(Target(arguments[i]));
                    continue;
                }
                var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException(Usage);
                switch (arguments[i++])
                {
                    case "-work": Work = new WorkFolder(value); break;
                    case "-percent": Percent = Number(value); break;
                    case "-seconds": Seconds = Number(value); break;
                    case "-seed": Seed = (int)Number(value); break;
                    case "-most": Most = (int)Number(value); break;
                    default: throw new ArgumentException(Usage);
                }
            }
            Targets = targets.Count > 0 ? targets : FuzzTargets.All;
        }

        public IReadOnlyList<FuzzTarget> Targets { get; }

        public WorkFolder Work { get; } = new(WorkFolder.Default);

        public double Percent { get; } = 100;

        public double Seconds { get; } = 3600;

        // Another run tries other inputs; the inputs that matter are saved.
        public int Seed { get; } = Environment.TickCount;

        public int Most { get; } = 20;
    }
}
