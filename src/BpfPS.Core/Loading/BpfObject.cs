using BpfPS.Attach;
using BpfPS.Btf;
using BpfPS.Events;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Loading;
using BpfPS.Maps;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// A started object: the programs and maps of one file, which are loaded, attached and released together. The content of a file
/// that has not been started is a <see cref="BpfObjectSpec"/>.
/// </summary>
public sealed class BpfObject : IMapOwner, IDisposable
{
    private const string PerfBuffer = "perf_event_array";

    private readonly Lock _lock = new();
    private readonly List<Attachment> _links = [];
    private readonly List<string> _linkNames = [];

    /// <summary>Takes ownership of a file that is loaded into the kernel.</summary>
    internal BpfObject(string name, ObjectFile file, Guid session)
    {
        Name = name;
        Path = file.Path;
        File = file;
        Session = session;
        Types = file.Types;
        Variables = file.Variables();
        State = BpfObjectState.Loaded;
        StartTime = DateTime.Now;
        var holders = BpfProgram.AllHolders();
        // Use arrays, because PowerShell cannot index the list that a collection expression creates.
        Programs = file.Programs().Where(LibBpf.bpf_program__autoload).Select(program =>
        {
            using var fd = FileDescriptor.Duplicate(LibBpf.bpf_program__fd(program));
            KernelBtf.Keep(KernelObjects.GetProgramInfo(fd).BtfId, Types);
            return BpfProgram.FromDescriptor(fd, ObjectFile.Text(LibBpf.bpf_program__section_name(program)), holders);
        }).ToArray();
        Maps = file.Maps().Where(map => LibBpf.bpf_map__fd(map) >= 0).Select(map =>
        {
            using var fd = FileDescriptor.Duplicate(LibBpf.bpf_map__fd(map));
            if (Programs.Count == 0)
            {
                KernelBtf.Keep(KernelObjects.GetMapInfo(fd).BtfId, Types);
            }
            return BpfMap.FromDescriptor(fd, new MapSource(0, null, () => Duplicate(map)), ObjectFile.Text(LibBpf.bpf_map__name(map)),
                this);
        }).ToArray();
    }

    /// <summary>The name of the tool, or the file name without its extension.</summary>
    public string Name { get; }

    /// <summary>Its state.</summary>
    public BpfObjectState State { get; private set; }

    /// <summary>When it was started, in local time.</summary>
    public DateTime StartTime { get; }

    /// <summary>Its programs.</summary>
    public IReadOnlyList<BpfProgram> Programs { get; }

    /// <summary>Its maps, including those for its global variables.</summary>
    public IReadOnlyList<BpfMap> Maps { get; }

    /// <summary>Its variables, with the values that it was started with.</summary>
    public IReadOnlyList<BpfVariable> Variables { get; }

    /// <summary>The number of its attachments.</summary>
    public int LinkCount { get; private set; }

    /// <summary>The file that it was loaded from.</summary>
    public string Path { get; }

    /// <summary>The directory in bpffs where it is pinned, or null.</summary>
    public string? PinPath { get; internal set; }

    /// <summary>The number of events that did not fit into this object's ring buffers; null if the program does not count them.</summary>
    public ulong? EventsLost => State is BpfObjectState.Loaded or BpfObjectState.Attached
        ? Maps.Where(map => map.Type == "ringbuf").Select(map => LossCounter.Of(map)?.Read())
            .Aggregate((ulong?)null, (sum, lost) => lost is null ? sum : (sum ?? 0) + lost)
        : null;

    /// <summary>Why the object could not be started with what was to be linked with it; null if it could, or nothing was.</summary>
    internal BpfException? LinkedError { get; set; }

    internal Guid Session { get; }

    internal BtfTypes Types { get; }

    /// <summary>Whether the file has type information.</summary>
    internal bool HasTypes => !Types.IsEmpty;

    /// <summary>The ids of the maps that were there before the start, shared by name (LIBBPF_PIN_BY_NAME).</summary>
    internal IReadOnlySet<uint> MapsOfOthers { get; init; } = new HashSet<uint>();

    /// <summary>The programs that were taken, each in place of another one for the same hook.</summary>
    internal IReadOnlyList<ChosenProgram> Alternatives { get; init; } = [];

    /// <summary>The programs that sample the CPU clock because no perf event is specified for them.</summary>
    internal IReadOnlyList<string> SampledByDefault { get; init; } = [];

    internal ObjectFile File { get; }

    internal IReadOnlyList<string> PinnedPaths { get; set; } = [];

    internal IReadOnlyList<Attachment> Links => _links;

    /// <summary>The name of each attachment in its pin: its program's name, plus a suffix if the program has several.</summary>
    internal IReadOnlyList<string> LinkNames => _linkNames;

    BtfTypes IMapOwner.Types => Types;

    DebugInformation IMapOwner.Debug => File.Debug;

    bool IMapOwner.IsStopped => State == BpfObjectState.Stopped;

    /// <summary>
    /// Opens the perf buffers to which its programs write, so that events are kept until somebody reads them, and the ring buffers that
    /// are read at once. Where the kernel refuses that, reading says why.
    /// </summary>
    /// <param name="readsAtOnce">Which ring buffers are read at once; null for none.</param>
    /// <param name="bufferSize">The size in bytes of the perf buffer of each CPU; null for the default.</param>
    internal void KeepEvents(Func<BpfMap, bool>? readsAtOnce, uint? bufferSize)
    {
        foreach (var map in Maps.Where(map => map.Type == "ringbuf" && readsAtOnce?.Invoke(map) == true))
        {
            EarlyReaders.Open(map);
        }
        if (!File.SendsPerfEvents())
        {
            return; // its perf events are counters that it reads
        }
        foreach (var map in Maps.Where(map => map.Type == PerfBuffer))
        {
            try
            {
                PerfBuffers.Keep(map, bufferSize);
            }
            catch (BpfException)
            {
                continue;
            }
        }
    }

    /// <summary>Restricts it to something else while it runs; what it is restricted to now is forgotten.</summary>
    /// <param name="targets">What to; empty for nothing.</param>
    /// <exception cref="BpfException">It does not include bpfps_targets.h, it has been stopped, or a target does not exist.</exception>
    public void Restrict(BpfTargets targets)
    {
        TargetMap.Require(File);
        TargetMap.Fill(this, targets);
    }

    internal void AddLink(Attachment link, string name)
    {
        _links.Add(link);
        _linkNames.Add(name);
        LinkCount = _links.Count;
        State = BpfObjectState.Attached;
    }

    /// <summary>Detaches and unloads everything that is not pinned. May be called repeatedly and from any thread.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            // Detach first, so that no program runs while its maps are closed.
            Detachment.Of(_links);
            foreach (var map in Maps.Where(map => map.SendsEvents))
            {
                PerfBuffers.Close(map.Id);
                EarlyReaders.Close(map.Id);
            }
            _links.Clear();
            LinkCount = 0;
            File.Dispose();
            State = BpfObjectState.Stopped;
        }
        BpfSession.Remove(this);
    }

    /// <summary>The name.</summary>
    public override string ToString() => VisibleText.Escape(Name);

    /// <summary>A new descriptor of one of its maps; null once the object has been stopped.</summary>
    private FileDescriptor? Duplicate(nint map)
    {
        lock (_lock)
        {
            return State is BpfObjectState.Loaded or BpfObjectState.Attached ? FileDescriptor.Duplicate(LibBpf.bpf_map__fd(map)) : null;
        }
    }
}
