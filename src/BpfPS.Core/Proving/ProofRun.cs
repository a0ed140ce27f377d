using System.Diagnostics;
using System.Globalization;

namespace BpfPS.Proving;

/// <summary>One run of a proof: the started tool, what it said, and what was compared so far.</summary>
internal sealed class ProofRun : IDisposable
{
    private const int MostDifferences = 20;
    private const string OnDisk = "/var/tmp";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_longestScript = TimeSpan.FromMinutes(1); // in an emulated guest on a busy machine
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(400);

    private readonly string _tool;
    private readonly Action<BpfMessageLevel, string> _messages;
    private readonly CancellationToken _stop;
    private readonly List<string> _differences = [];
    private readonly BpfProgramMeter _meter = new();
    private BpfEventStream? _stream;
    private string? _folder;
    private string? _folderOnDisk;

    /// <summary>Begins.</summary>
    /// <param name="tool">The tool's name.</param>
    /// <param name="messages">Receives libbpf's messages.</param>
    /// <param name="stop">Ends every wait.</param>
    public ProofRun(string tool, Action<BpfMessageLevel, string> messages, CancellationToken stop) =>
        (_tool, _messages, _stop) = (tool, messages, stop);

    /// <summary>How many things were compared.</summary>
    public int Compared { get; private set; }

    /// <summary>How many of them agreed.</summary>
    public int Agreed { get; private set; }

    /// <summary>What did not agree.</summary>
    public IReadOnlyList<string> Differences => _differences;

    /// <summary>The started tool.</summary>
    public BpfObject Started { get; private set; } = null!;

    /// <summary>Whether a program of the tool was loaded: of those that are for different kernels only one is.</summary>
    /// <param name="program">Its name.</param>
    public bool Has(string program) => Started.Programs.Any(one => one.Name == program);

    /// <summary>The number of events that found no room; null if there are none.</summary>
    public ulong? Lost => _stream?.Lost;

    /// <summary>A directory for the workload, which is removed with all that is in it.</summary>
    public string Folder => _folder ??= Directory.CreateTempSubdirectory("bpfps-test-").FullName;

    /// <summary>Another one, on a disk where that may be in memory.</summary>
    public string FolderOnDisk => _folderOnDisk ??= Directory.Exists(OnDisk)
        ? Directory.CreateDirectory(Path.Combine(OnDisk, Path.GetFileName(Folder)), OwnerOnly).FullName : Folder;

    /// <summary>Starts the tool for this process and its children.</summary>
    /// <param name="variables">Values for its variables.</param>
    public void Start(params (string Name, object Value)[] variables) =>
        Start(new BpfTargets { Processes = [(uint)Environment.ProcessId], IncludeChildren = true }, variables);

    /// <summary>Starts the tool for this process alone, with its probes in no other.</summary>
    /// <param name="variables">Values for its variables.</param>
    public void StartHere(params (string Name, object Value)[] variables) => Start(
        new BpfTargets { Processes = [(uint)Environment.ProcessId] }, new BpfAttachOptions { ProcessIds = [Environment.ProcessId] },
        variables);

    /// <summary>Starts the tool for what is to be tested.</summary>
    /// <param name="targets">What it is restricted to; empty for the whole machine.</param>
    /// <param name="variables">Values for its variables.</param>
    public void Start(BpfTargets targets, params (string Name, object Value)[] variables) => Start(targets, new(), variables);

    /// <summary>Starts the tool where it has to be told the place.</summary>
    /// <param name="targets">What it is restricted to; empty for the whole machine.</param>
    /// <param name="places">Where to attach it.</param>
    /// <param name="variables">Values for its variables.</param>
    public void Start(BpfTargets targets, BpfAttachOptions places, params (string Name, object Value)[] variables)
    {
        Started = BpfObjectStarter.Start(BpfTool.FindPath(_tool), new BpfStartOptions
        {
            Targets = targets, Variables = variables.ToDictionary(one => one.Name, one => one.Value), ReadsAtOnce = _ => true,
            Messages = _messages, Attachment = places,
        });
        foreach (var program in Started.Programs)
        {
            _meter.Add(program);
        }
        if (Started.Maps.FirstOrDefault(map => map.SendsEvents) is { } ring)
        {
            _stream = new BpfEventStream(ring);
        }
    }

    /// <summary>Stops the tool, so that it can be started once more in another way.</summary>
    public void Stop()
    {
        _stream?.Dispose();
        _stream = null;
        Started.Dispose();
    }

    /// <summary>Reads events until there are enough, or none has come for a while.</summary>
    /// <param name="isWanted">Which events count: others can be there too.</param>
    /// <param name="enough">How many are enough.</param>
    public List<BpfRecord> Events(Func<BpfRecord, bool> isWanted, int enough)
    {
        var wanted = new List<BpfRecord>();
        var (all, quiet) = (Stopwatch.StartNew(), Stopwatch.StartNew());
        // What comes too much is a difference as well, so that there is a wait in any case.
        while (all.Elapsed < s_patience && (wanted.Count < enough || quiet.Elapsed < s_quiet) && !_stop.IsCancellationRequested)
        {
            while (_stream!.TryRead(out var record))
            {
                if (isWanted(record))
                {
                    wanted.Add(record);
                    quiet.Restart();
                }
            }
            _stream.Wait(TimeSpan.FromMilliseconds(50));
            if (wanted.Count < enough && quiet.Elapsed > s_patience / 3)
            {
                break;
            }
        }
        return wanted;
    }

    /// <summary>The entries of one of the tool's maps.</summary>
    /// <param name="map">The map's name in C.</param>
    public List<BpfRecord> Entries(string map)
    {
        using var reader = new BpfMapReader(Started.Maps.First(one => one.Name == map));
        var entries = new List<BpfRecord>();
        while (reader.TryRead(out var entry))
        {
            entries.Add(entry);
        }
        return entries;
    }

    /// <summary>The functions of a stack, the innermost first.</summary>
    /// <param name="record">An event or an entry.</param>
    /// <param name="member">Its member with the stack's id.</param>
    public string[] Stack(BpfRecord record, string member)
    {
        using var reader = new BpfStackReader();
        var kind = member.StartsWith("user", StringComparison.Ordinal) ? BpfStackKind.User : BpfStackKind.Kernel;
        var stack = reader.Read(Started.Maps.First(map => map.Type == "stack_trace"), (int)Get(record, member)!, kind,
            kind == BpfStackKind.User ? (uint?)Get(record, "pid") : null);
        return [.. stack.Frames.Select(frame => frame.Function ?? "")];
    }

    /// <summary>Counts one stack that was compared. If another one has its place in the map, nothing is known of it.</summary>
    /// <param name="record">An event or an entry.</param>
    /// <param name="member">Its member with the stack's id.</param>
    /// <param name="functions">What should be in it.</param>
    public void CompareStack(BpfRecord record, string member, params string[] functions)
    {
        if (Number(record, member) != -(int)BpfErrno.EEXIST)
        {
            var stack = Stack(record, member);
            Compare($"{string.Join(", ", functions)} in the {member} {string.Join(' ', stack)}", functions.All(stack.Contains));
        }
    }

    /// <summary>Counts one thing that was compared.</summary>
    /// <param name="what">What it is, for the case that it differs.</param>
    /// <param name="agrees">Whether it agrees.</param>
    public void Compare(string what, bool agrees)
    {
        Compared++;
        if (agrees)
        {
            Agreed++;
        }
        else if (_differences.Count < MostDifferences)
        {
            _differences.Add(what);
        }
    }

    /// <summary>Counts one value that was compared.</summary>
    /// <param name="what">What it is.</param>
    /// <param name="witness">What the witness says.</param>
    /// <param name="tool">What the tool says.</param>
    public void Compare(string what, object? witness, object? tool) =>
        Compare($"{what}: the witness says {Text(witness)}, the tool {Text(tool)}", Equals(Text(witness), Text(tool)));

    /// <summary>Counts one measurement that was compared.</summary>
    /// <param name="what">What it is.</param>
    /// <param name="least">The least that the witness allows.</param>
    /// <param name="most">The most.</param>
    /// <param name="tool">What the tool says.</param>
    public void Compare(string what, double least, double most, double tool) => Compare(string.Create(CultureInfo.InvariantCulture,
        $"{what}: the witness says {least:0.###} to {most:0.###}, the tool {tool:0.###}"), tool >= least && tool <= most);

    /// <summary>Counts one event that should be there exactly once.</summary>
    /// <param name="what">What it is about.</param>
    /// <param name="events">The events.</param>
    /// <param name="matches">Whether an event is the one.</param>
    /// <returns>The event; null if it is not there once, which is a difference.</returns>
    public BpfRecord? Single(string what, IEnumerable<BpfRecord> events, Func<BpfRecord, bool> matches)
    {
        var found = events.Where(matches).ToArray();
        Compare($"{what}: {found.Length} events instead of 1", found.Length == 1);
        return found.Length == 1 ? found[0] : null;
    }

    /// <summary>A member of a record, with dots for members of members: "destination.port".</summary>
    public static object? Get(BpfRecord record, string member)
    {
        object? value = record;
        foreach (var name in member.Split('.'))
        {
            value = (value?.GetType().GetProperty(name) ?? throw new ArgumentException($"{record.GetType()} has no member {member}"))
                .GetValue(value);
        }
        return value;
    }

    /// <summary>The same as text.</summary>
    public static string Text(BpfRecord record, string member) => Text(Get(record, member));

    /// <summary>The same as a number.</summary>
    public static double Number(BpfRecord record, string member) => Get(record, member) is { } value
        ? value is TimeSpan duration ? duration.TotalNanoseconds : Convert.ToDouble(value, CultureInfo.InvariantCulture) : double.NaN;

    /// <summary>Whether a member of a record has a value, as text.</summary>
    public static bool Has(BpfRecord record, string member, object? value) => Text(record, member) == Text(value);

    /// <summary>Runs a shell script as a child, and waits for its end.</summary>
    /// <param name="script">The script, of this module's own words: nothing from outside may be part of it.</param>
    /// <param name="arguments">Its $1, $2 and so on.</param>
    /// <returns>The shell's process id, its exit code and what it wrote.</returns>
    public (int Id, int ExitCode, string Output) Shell(string script, params string[] arguments)
    {
        using var process = Begin(script, arguments);
        var output = process.StandardOutput.ReadToEndAsync(_stop);
        if (!process.WaitForExit(s_longestScript))
        {
            process.Kill(entireProcessTree: true);
        }
        process.WaitForExit();
        return (process.Id, process.ExitCode, output.GetAwaiter().GetResult());
    }

    /// <summary>Starts a shell script as a child; its input and output are the caller's.</summary>
    public static Process Begin(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["-c", script, "sh", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }
        return Process.Start(start)!;
    }

    /// <summary>Fails because there is nothing here to test the tool with.</summary>
    /// <param name="why">What is missing, as a sentence.</param>
    public static BpfException NotHere(string why) => new(BpfErrorKind.NotSupported, why);

    /// <summary>The average time of a run in nanoseconds, and how many there were.</summary>
    public (double Nanoseconds, ulong Runs) Cost()
    {
        var (time, runs) = (0UL, 0UL);
        foreach (var program in _meter.Next())
        {
            time += program.RunTimeNanoseconds;
            runs += program.RunCount;
        }
        return (runs == 0 ? 0 : (double)time / runs, runs);
    }

    /// <summary>Stops the tool and removes the directory.</summary>
    public void Dispose()
    {
        _stream?.Dispose();
        Started?.Dispose();
        _meter.Dispose();
        foreach (var folder in new[] { _folder, _folderOnDisk }.Where(Directory.Exists))
        {
            Directory.Delete(folder!, recursive: true);
        }
    }

    private static string Text(object? value) => RecordText.Format(value);
}
