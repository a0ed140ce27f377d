using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Tests;

namespace BpfPS.Fuzzing.Targets;

/// <summary>What reads object files: as a list of what they hold, as needs, and as a start that attaches nothing.</summary>
internal static class ObjectTargets
{
    private const int LongestObject = 1 << 16;

    /// <summary>Reading: Get-BpfObject -FilePath.</summary>
    public static FuzzTarget Reading { get; } = new("object", InputForm.Elf, Read)
    {
        NightlyExecutions = 100_000, LongestInput = LongestObject,
        Seeds = () => Objects().Select(File.ReadAllBytes),
    };

    /// <summary>Debug information (DWARF): the structs that Watch-BpfEvent finds where the BTF does not have them.</summary>
    public static FuzzTarget Debug { get; } = new("debug-info", InputForm.Elf, ReadDebug)
    {
        NightlyExecutions = 50_000, LongestInput = 8192, Sections = ".debug",
    };

    /// <summary>Needs: Test-BpfFeature -Object. The kernel is asked to load each, so there are few.</summary>
    public static FuzzTarget Needs { get; } = new("requirements", InputForm.Elf, input => BpfRequirements.Check(InputFile.Write(input)))
    {
        NightlyExecutions = 5_000, LongestInput = LongestObject, NeedsRoot = true,
        Seeds = () => Loaded().Select(File.ReadAllBytes),
    };

    /// <summary>Starts: Start-BpfProgram -NoAttach.</summary>
    public static FuzzTarget Starting { get; } = new("start", InputForm.Elf, Start)
    {
        NightlyExecutions = 5_000, LongestInput = LongestObject, NeedsRoot = true,
        Seeds = () => Loaded().Select(File.ReadAllBytes),
    };

    /// <summary>The objects that the build makes.</summary>
    public static IEnumerable<string> Objects() =>
        ((string[])["artifacts/bpf", "artifacts/tests/bpf"]).Select(folder => Path.Combine(Repository.Root, folder))
            .Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*.bpf.o")).Order(StringComparer.Ordinal);

    // Those that load in a moment, and whose maps are not pinned.
    private static IEnumerable<string> Loaded() =>
        ((string[])["burst", "types", "records", "plain_xdp", "printer", "many"]).Select(Repository.TestProgram).Where(File.Exists);

    private static void Read(byte[] input)
    {
        var path = InputFile.Write(input);
        BpfObjectSpec.Read(path);
        using var file = ObjectFile.Open(path, "input", logger: null);
        file.ReadLineInfo().Find("return 0;");
    }

    private static void ReadDebug(byte[] input)
    {
        DebugInformation debug;
        try
        {
            var file = ElfImage.TryRead(input) ?? throw new InvalidDataException("it is no object");
            ObjectLayout.Check(file);
            debug = new DebugInformation(file);
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException)
        {
            return; // as when an object is opened
        }
        _ = debug.Problem;
        foreach (var one in debug.Structs)
        {
            try
            {
                debug.Convert([one]);
            }
            catch (BpfException)
            {
                // this struct is damaged, and the next may not be
            }
        }
    }

    private static void Start(byte[] input) =>
        BpfObjectStarter.Start(InputFile.Write(input), new BpfStartOptions { Attach = false, Session = FuzzSession.Id }).Dispose();
}
