using System.Diagnostics;
using System.Runtime.InteropServices;
using BpfPS.Native;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>Starting objects and reading what they send.</summary>
internal static partial class Live
{
    /// <summary>Skips the test unless it can run here; the first line of each live test.</summary>
    public static void Require()
    {
        Machine.RequireKernel();
        Machine.RequireProgram("bpftool");
        // As the first start does: otherwise what a test finds would hang on which one ran before it.
        BpfFileSystem.MountTrace();
    }

    /// <summary>Skips the test on a kernel that is older than what it is about.</summary>
    public static void RequireLinux(int major, int minor) => RequireLinux($"{major}.{minor}");

    /// <summary>Skips the test on a kernel that is older than what it is about.</summary>
    /// <param name="since">The version of Linux that has had it since.</param>
    public static void RequireLinux(string since) =>
        Assert.SkipUnless(IsLinux(since), $"Linux has it since {since}, and this is {Environment.OSVersion.Version}");

    /// <summary>Skips the test on a kernel that is not older than this: what is refused before works there.</summary>
    public static void RequireLinuxBefore(string version) =>
        Assert.SkipWhen(IsLinux(version), $"Linux has it since {version}, and this is {Environment.OSVersion.Version}");

    /// <summary>Whether the kernel is of this version or a later one.</summary>
    public static bool IsLinux(string since) => Environment.OSVersion.Version >= Version.Parse(since);

    /// <summary>Skips the test with a libbpf that is older than what it is about.</summary>
    public static void RequireLibBpf(string since) =>
        Assert.SkipUnless(LibBpfLibrary.Version >= Version.Parse(since),
            $"libbpf has it since {since}, and this is {LibBpfLibrary.Version}");

    /// <summary>Skips the test with a libbpf that is not older than this: what is refused before works with it.</summary>
    public static void RequireLibBpfBefore(string version) =>
        Assert.SkipWhen(LibBpfLibrary.Version >= Version.Parse(version),
            $"libbpf has it since {version}, and this is {LibBpfLibrary.Version}");

    public static BpfObject Tool(string name, params (string Name, object Value)[] variables) => Start(Repository.Tool(name), variables);

    /// <summary>A test program that watches the calls of getppid that this process makes.</summary>
    public static BpfObject TestProgram(string name, params (string Name, object Value)[] variables) =>
        Start(Repository.TestProgram(name),
            [.. variables, .. Defaults.Where(known => !variables.Any(variable => variable.Name == known.Name))]);

    private static (string Name, object Value)[] Defaults => [("producer_pid", Environment.ProcessId), ("syscall_nr", GetppidNumber)];

    public static BpfObject Start(string path, params (string Name, object Value)[] variables) =>
        BpfObjectStarter.Start(path, new BpfStartOptions { Variables = variables.ToDictionary(v => v.Name, v => v.Value) });

    public static BpfMap Map(this BpfObject obj, string name) => obj.Maps.Single(map => map.Name == name);

    /// <summary>Reads events until there are enough.</summary>
    public static List<BpfRecord> ReadUntil(BpfEventStream stream, Func<List<BpfRecord>, bool> enough, double seconds = 10)
    {
        var events = new List<BpfRecord>();
        var watch = Stopwatch.StartNew();
        while (!enough(events) && watch.Elapsed.TotalSeconds < seconds)
        {
            while (stream.TryRead(out var record))
            {
                events.Add(record);
            }
            stream.Wait(TimeSpan.FromMilliseconds(50));
        }
        return events;
    }

    /// <summary>Reads events until there has been none for a while.</summary>
    public static List<BpfRecord> ReadAll(BpfEventStream stream)
    {
        var quiet = Stopwatch.StartNew();
        var count = 0;
        return ReadUntil(stream, events =>
        {
            if (events.Count != count)
            {
                count = events.Count;
                quiet.Restart();
            }
            return quiet.ElapsedMilliseconds > 200;
        });
    }

    /// <summary>All entries of a map.</summary>
    public static List<BpfRecord> Entries(BpfMap map)
    {
        using var reader = new BpfMapReader(map);
        var entries = new List<BpfRecord>();
        while (reader.TryRead(out var entry))
        {
            entries.Add(entry);
        }
        return entries;
    }

    public static object? Get(object record, string member) =>
        (record.GetType().GetProperty(member) ?? throw new ArgumentException($"{record.GetType()} has no member {member}"))
            .GetValue(record);

    public static T Get<T>(object record, string member) => Assert.IsType<T>(Get(record, member), exactMatch: false);

    /// <summary>Makes the call that the test programs watch for: nothing else in this process makes it.</summary>
    public static void Getppid() => _ = CallGetppid();

    /// <summary>Makes that call many times, at most 5,000 ahead of who reads the events: a ring of 1 MiB has room for more.</summary>
    /// <param name="calls">How many.</param>
    /// <param name="read">Tells how many events have been read.</param>
    public static void GetppidInStep(int calls, Func<int> read)
    {
        for (var i = 0; i < calls; i++)
        {
            if (i % 1000 == 0 && !SpinWait.SpinUntil(() => read() >= i - 4000, TimeSpan.FromSeconds(60)))
            {
                return; // the reader misses the rest, and says so
            }
            Getppid();
        }
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int CallGetppid();

    /// <summary>The number of that call.</summary>
    public static int GetppidNumber => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 110 : 173;
}
