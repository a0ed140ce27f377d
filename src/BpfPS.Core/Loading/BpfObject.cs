using BpfPS.Attach;
using BpfPS.Btf;
using BpfPS.Files;
using BpfPS.Maps;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// A started object: a file's programs and maps that were loaded, attached and are let go of together. What a file holds
/// before that is a <see cref="BpfObjectSpec"/>.
/// </summary>
public sealed class BpfObject : IMapOwner, IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Attachment> _links = [];
    private readonly List<string> _linkNames = [];

    /// <summary>Takes over a file that the kernel has loaded.</summary>
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
        // Arrays: PowerShell cannot index the list that a collection expression makes.
        Programs = file.Programs().Where(LibBpf.bpf_program__autoload).Select(program =>
        {
            using var fd = FileDescriptor.Duplicate(LibBpf.bpf_program__fd(program));
            return BpfProgram.FromDescriptor(fd, ObjectFile.Text(LibBpf.bpf_program__section_name(program)), holders);
        }).ToArray();
        Maps = file.Maps().Where(map => LibBpf.bpf_map__fd(map) >= 0).Select(map =>
        {
            using var fd = FileDescriptor.Duplicate(LibBpf.bpf_map__fd(map));
            return BpfMap.FromDescriptor(fd, new MapSource(0, null, () => Duplicate(map)), ObjectFile.Text(LibBpf.bpf_map__name(map)),
                this);
        }).ToArray();
    }

    /// <summary>The tool's name, or the file's without its ending.</summary>
    public string Name { get; }

    /// <summary>How far it has come.</summary>
    public BpfObjectState State { get; private set; }

    /// <summary>When it was started, in local time.</summary>
    public DateTime StartTime { get; }

    /// <summary>Its programs.</summary>
    public IReadOnlyList<BpfProgram> Programs { get; }

    /// <summary>Its maps, those that hold its global variables included.</summary>
    public IReadOnlyList<BpfMap> Maps { get; }

    /// <summary>Its settings, with the values it was started with.</summary>
    public IReadOnlyList<BpfVariable> Variables { get; }

    /// <summary>How many attachments it has.</summary>
    public int LinkCount { get; private set; }

    /// <summary>The file it came from.</summary>
    public string Path { get; }

    /// <summary>The directory in bpffs where it is pinned, or null.</summary>
    public string? PinPath { get; internal set; }

    /// <summary>How many events a ring buffer of this object had no room for; null when the program does not count them.</summary>
    public ulong? EventsLost => State is BpfObjectState.Loaded or BpfObjectState.Attached
        ? Maps.Where(map => map.Type == "ringbuf").Select(map => LossCounter.Of(map)?.Read())
            .Aggregate((ulong?)null, (sum, lost) => lost is null ? sum : (sum ?? 0) + lost)
        : null;

    internal Guid Session { get; }

    internal BtfTypes Types { get; }

    internal ObjectFile File { get; }

    internal IReadOnlyList<string> PinnedPaths { get; set; } = [];

    internal IReadOnlyList<Attachment> Links => _links;

    /// <summary>What each attachment is called in a pin: its program's name, and what tells it from the program's others.</summary>
    internal IReadOnlyList<string> LinkNames => _linkNames;

    BtfTypes IMapOwner.Types => Types;

    bool IMapOwner.IsStopped => State == BpfObjectState.Stopped;

    internal void AddLink(Attachment link, string name)
    {
        _links.Add(link);
        _linkNames.Add(name);
        LinkCount = _links.Count;
        State = BpfObjectState.Attached;
    }

    /// <summary>Detaches and unloads what is not pinned. May be called more than once, from any thread.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            // Links first: no program is to run while its maps go.
            foreach (var link in _links)
            {
                link.Dispose();
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

    /// <summary>A descriptor of one of its maps; null once it has been stopped.</summary>
    private FileDescriptor? Duplicate(nint map)
    {
        lock (_lock)
        {
            return State is BpfObjectState.Loaded or BpfObjectState.Attached ? FileDescriptor.Duplicate(LibBpf.bpf_map__fd(map)) : null;
        }
    }
}
