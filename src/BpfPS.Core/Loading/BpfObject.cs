using BpfPS.Attach;
using BpfPS.Btf;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;

namespace BpfPS;

/// <summary>A BPF object: a file's programs and maps that are loaded, attached and let go of together.</summary>
public sealed class BpfObject : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ObjectFile? _file;
    private readonly List<Attachment> _links = [];
    private readonly List<string> _linkNames = [];

    internal BpfObject(string name, ObjectFile file)
    {
        Name = name;
        Path = file.Path;
        _file = file;
        Types = file.Types;
        Variables = file.Variables();
        Programs = file.Programs().Select(program => new BpfProgram(0, ObjectFile.Text(LibBpf.bpf_program__name(program)),
            TypeNames.Program((uint)LibBpf.bpf_program__type(program))) { Section = ObjectFile.Text(LibBpf.bpf_program__section_name(program)) }).ToArray();
        Maps = file.Maps().Select(DescribeMap).ToArray();
    }

    /// <summary>The tool's name, or the file's without its ending.</summary>
    public string Name { get; }

    /// <summary>How far it has come.</summary>
    public BpfObjectState State { get; private set; }

    /// <summary>When it was started, in local time; null when it was not.</summary>
    public DateTime? StartTime { get; private set; }

    /// <summary>Its programs.</summary>
    public IReadOnlyList<BpfProgram> Programs { get; private set; }

    /// <summary>Its maps, those that hold its global variables included.</summary>
    public IReadOnlyList<BpfMap> Maps { get; private set; }

    /// <summary>Its settings, with the values it was or would be started with.</summary>
    public IReadOnlyList<BpfVariable> Variables { get; private set; }

    /// <summary>How many attachments it has.</summary>
    public int LinkCount { get; private set; }

    /// <summary>The file it came from.</summary>
    public string Path { get; }

    /// <summary>The directory in bpffs where it is pinned, or null.</summary>
    public string? PinPath { get; internal set; }

    internal Guid Session { get; init; }

    internal BtfTypes Types { get; }

    internal IReadOnlyList<string> PinnedPaths { get; set; } = [];

    /// <summary>Reads an object file without loading it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BpfException">It is missing, no BPF object, damaged, or has no BTF.</exception>
    public static BpfObject Read(string path)
    {
        var name = NameOf(path);
        var obj = new BpfObject(name, ObjectFile.Open(path, name, logger: null));
        obj._file!.Dispose();
        return obj;
    }

    /// <summary>How many events a ring buffer of this object had no room for; null when the program does not count them.</summary>
    public ulong? EventsLost => State is BpfObjectState.Loaded or BpfObjectState.Attached
        ? Maps.Where(map => map.Type == "ringbuf").Select(map => LossCounter.Of(map)?.Read()).Aggregate((ulong?)null, (sum, lost) => lost is null ? sum : (sum ?? 0) + lost)
        : null;

    /// <summary>The name an object file goes by.</summary>
    internal static string NameOf(string path)
    {
        var name = System.IO.Path.GetFileName(path);
        foreach (var ending in (string[])[".bpf.o", ".bpf.c", ".o", ".c"])
        {
            if (name.EndsWith(ending, StringComparison.Ordinal) && name.Length > ending.Length)
            {
                return name[..^ending.Length];
            }
        }
        return name;
    }

    internal ObjectFile File => _file ?? throw new InvalidOperationException("The object has no file.");

    /// <summary>Records that the kernel has taken the object.</summary>
    internal void SetLoaded()
    {
        var holders = BpfProgram.AllHolders();
        Programs = File.Programs().Where(program => LibBpf.bpf_program__autoload(program)).Select(program =>
        {
            using var fd = FileDescriptor.Duplicate(LibBpf.bpf_program__fd(program));
            return BpfProgram.FromDescriptor(fd, ObjectFile.Text(LibBpf.bpf_program__section_name(program)), holders);
        }).ToArray();
        Maps = File.Maps().Where(map => LibBpf.bpf_map__fd(map) >= 0).Select(map =>
        {
            using var fd = FileDescriptor.Duplicate(LibBpf.bpf_map__fd(map));
            return BpfMap.FromDescriptor(fd, new MapSource(0, null, () => Duplicate(map)), ObjectFile.Text(LibBpf.bpf_map__name(map)), this);
        }).ToArray();
        Variables = File.Variables();
        State = BpfObjectState.Loaded;
        StartTime = DateTime.Now;
    }

    internal void AddLink(Attachment link, string name)
    {
        _links.Add(link);
        _linkNames.Add(name);
        LinkCount = _links.Count;
        State = BpfObjectState.Attached;
    }

    internal IReadOnlyList<Attachment> Links => _links;

    /// <summary>What each attachment is called in a pin: its program's name, and what tells it from the program's others.</summary>
    internal IReadOnlyList<string> LinkNames => _linkNames;

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
            _file?.Dispose();
            if (State != BpfObjectState.File)
            {
                State = BpfObjectState.Stopped;
            }
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

    private BpfMap DescribeMap(nint map)
    {
        var (key, value) = (LibBpf.bpf_map__btf_key_type_id(map), LibBpf.bpf_map__btf_value_type_id(map));
        var type = (uint)LibBpf.bpf_map__type(map);
        return new BpfMap(new MapSource(0, null, null), ObjectFile.Text(LibBpf.bpf_map__name(map)), TypeNames.Map(type), 0)
        {
            TypeNumber = type,
            KeySize = LibBpf.bpf_map__key_size(map),
            ValueSize = LibBpf.bpf_map__value_size(map),
            MaxEntries = LibBpf.bpf_map__max_entries(map),
            Flags = LibBpf.bpf_map__map_flags(map),
            BtfKeyTypeId = key,
            BtfValueTypeId = value,
            KeyType = key == 0 ? null : Types.Describe(key),
            ValueType = value == 0 ? null : Types.Describe(value),
            ObjectTypes = Types,
        };
    }
}
