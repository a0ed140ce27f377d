using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>
/// This test program as another process, which does one thing again and again until it is killed. It is asked to by its environment, and
/// does it as soon as it is loaded, in place of any test: a process of the engine alone starts many times faster than a shell.
/// </summary>
internal sealed class Victim : IDisposable
{
    private const string Asked = "BPFPS_TEST_VICTIM";
    private static readonly TimeSpan s_longestLife = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _started;

    /// <summary>Starts one, and returns when it is about to begin.</summary>
    /// <param name="deed">The name of a method here.</param>
    /// <param name="pins">A directory in bpffs for what it pins.</param>
    /// <param name="files">A directory for the files that it writes.</param>
    public Victim(string deed, string pins, string files)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(Victim).Assembly.Location])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment[Asked] = string.Join('|', deed, pins, files);
        _process = Process.Start(start)!;
        Assert.Equal("ready", _process.StandardOutput.ReadLine());
        _started = StartTime(_process.Id) ?? "";
    }

    /// <summary>Kills the process that does it, and sees that it is gone: no process of its id has started when it did.</summary>
    public void Kill()
    {
        Assert.False(_process.HasExited, "It ended by itself.");
        _process.Kill();
        _process.WaitForExit();
        Assert.Equal(128 + 9, _process.ExitCode); // SIGKILL
        Assert.NotEqual(_started, StartTime(_process.Id) ?? "gone");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    /// <summary>Field 22 of /proc/PID/stat, in clock ticks since the boot; null when there is no such process.</summary>
    private static string? StartTime(int id)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ')[19];
        }
        catch (IOException)
        {
            return null;
        }
    }

    [ModuleInitializer]
    internal static void DoAsAsked()
    {
        if (Environment.GetEnvironmentVariable(Asked)?.Split('|') is not [var deed, var pins, var files])
        {
            return;
        }
        Action<string, string> act = deed switch
        {
            nameof(Start) => Start,
            nameof(Pin) => Pin,
            nameof(Stop) => Stop,
            nameof(Export) => Export,
            nameof(Import) => Import,
            nameof(Compile) => Compile,
            _ => throw new ArgumentException(deed),
        };
        // Once before, so that the moments are those of the thing itself and not of the compilation of its code.
        act(pins, files);
        Console.WriteLine("ready");
        for (var life = Stopwatch.StartNew(); life.Elapsed < s_longestLife;)
        {
            act(pins, files);
        }
        Environment.Exit(1);
    }

    /// <summary>Starts and pins an object, and stops the third at once with those before it.</summary>
    internal static void Start(string pins, string files)
    {
        BpfObjectStarter.Start(Repository.TestProgram("burst"), new BpfStartOptions { PinPath = $"{pins}/{Guid.NewGuid():N}" }).Dispose();
        if (Directory.GetDirectories(pins) is [_, _, _, ..] sets)
        {
            Array.ForEach(sets, set => BpfPin.Remove(set));
        }
    }

    /// <summary>Replaces a pin.</summary>
    internal static void Pin(string pins, string files) => BpfMap.FromPin($"{pins}/map").Pin($"{pins}/again", force: true);

    /// <summary>Stops one of the sets that the test has started.</summary>
    internal static void Stop(string pins, string files)
    {
        if (Directory.GetDirectories(pins, "set*") is [var set, ..])
        {
            BpfPin.Remove(set);
        }
    }

    internal static void Export(string pins, string files) => BpfMapFile.Export([BpfMap.FromPin($"{pins}/map")], $"{files}/map.json");

    internal static void Import(string pins, string files)
    {
        using var import = new BpfMapImport(Guid.Empty);
        import.Add(BpfMapFile.Read($"{files}/saved.json")[0], BpfMap.FromPin($"{pins}/copy"));
        import.Restore(import.Targets, clear: true);
    }

    /// <summary>Compiles another source each time, and writes the object to the same place.</summary>
    internal static void Compile(string pins, string files) => BpfCompiler.Compile($"{files}/source.bpf.c", new BpfCompileOptions
    {
        Destination = $"{files}/source.bpf.o", Definitions = new Dictionary<string, string?> { ["NUMBER"] = $"{Stopwatch.GetTimestamp()}" },
    });
}
