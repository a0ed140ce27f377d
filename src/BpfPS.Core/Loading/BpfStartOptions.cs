using Microsoft.Extensions.Logging;

namespace BpfPS;

/// <summary>How to start an object.</summary>
public sealed record BpfStartOptions
{
    /// <summary>Values for its variables, by name.</summary>
    public IReadOnlyDictionary<string, object> Variables { get; init; } = new Dictionary<string, object>();

    /// <summary>The programs to load, by name; empty for all.</summary>
    public IReadOnlyList<string> Programs { get; init; } = [];

    /// <summary>Whether to attach the programs.</summary>
    public bool Attach { get; init; } = true;

    /// <summary>Where to attach what does not say it itself.</summary>
    public BpfAttachOptions Attachment { get; init; } = new();

    /// <summary>
    /// Whether an option of <see cref="Attachment"/> that says nothing to any of the programs is an error; else each takes what
    /// it needs.
    /// </summary>
    public bool RequireUse { get; init; }

    /// <summary>The directory in bpffs to pin it in, or null.</summary>
    public string? PinPath { get; init; }

    /// <summary>Whose the pins are and who may use them; null for the user that makes them alone.</summary>
    public BpfPinAccess? PinAccess { get; init; }

    /// <summary>
    /// Who starts it, so that <see cref="BpfSession.StopAll(Guid)"/> can stop what one session of several in a process has
    /// started.
    /// </summary>
    public Guid Session { get; init; }

    /// <summary>Where libbpf's messages go, or null.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>The same as <see cref="Logger"/>, for callers without the logging library.</summary>
    public Action<BpfMessageLevel, string> Messages { init => Logger = new DelegateLogger(value); }
}
