using Microsoft.Extensions.Logging;

namespace BpfPS;

/// <summary>How to start an object.</summary>
public sealed record BpfStartOptions
{
    /// <summary>Values for its variables, by name.</summary>
    public IReadOnlyDictionary<string, object> Variables { get; init; } = new Dictionary<string, object>();

    /// <summary>The sizes (max_entries) of its maps, by name, in place of those in the file.</summary>
    public IReadOnlyDictionary<string, uint> MapSizes { get; init; } = new Dictionary<string, uint>();

    /// <summary>What it is restricted to, if it includes bpfps_targets.h.</summary>
    public BpfTargets Targets { get; init; } = new();

    /// <summary>The programs to load, by name; empty for all.</summary>
    public IReadOnlyList<string> Programs { get; init; } = [];

    /// <summary>Whether to attach the programs.</summary>
    public bool Attach { get; init; } = true;

    /// <summary>Where to attach programs whose sections do not say so.</summary>
    public BpfAttachOptions Attachment { get; init; } = new();

    /// <summary>
    /// Whether it is an error if an option of <see cref="Attachment"/> applies to none of the programs. Otherwise such options are
    /// ignored.
    /// </summary>
    public bool RequireUse { get; init; }

    /// <summary>The object's name; null for that of the file.</summary>
    internal string? Name { get; init; }

    /// <summary>Objects in memory that are linked with it before it is loaded, such as a filter.</summary>
    internal IReadOnlyList<byte[]> Linked { get; init; } = [];

    /// <summary>
    /// Whether it is an error if the object cannot be started with what is linked with it. Otherwise it is started without.
    /// </summary>
    internal bool RequireLinked { get; init; }

    /// <summary>The directory in bpffs to pin the object in, or null.</summary>
    public string? PinPath { get; init; }

    /// <summary>The owner and permissions of the pins; null to give access only to the user that creates them.</summary>
    public BpfPinAccess? PinAccess { get; init; }

    /// <summary>
    /// The session that starts the object, so that <see cref="BpfSession.StopAll(Guid)"/> can stop the objects of one of several
    /// sessions in a process.
    /// </summary>
    public Guid Session { get; init; }

    /// <summary>
    /// The ring buffers whose events this process reads at once: they are kept from the first one on, until a stream of this process takes
    /// them. Null for none.
    /// </summary>
    public Func<BpfMap, bool>? ReadsAtOnce { get; init; }

    /// <summary>
    /// The size in bytes of its ring buffers, and of its perf buffers for each CPU, rounded up to a size that the kernel takes; null for
    /// that in the file.
    /// </summary>
    public long? BufferSize { get; init; }

    /// <summary>Receives libbpf's messages; may be null.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>The same as <see cref="Logger"/>, for callers without the logging library.</summary>
    public Action<BpfMessageLevel, string> Messages { init => Logger = new DelegateLogger(value); }
}
