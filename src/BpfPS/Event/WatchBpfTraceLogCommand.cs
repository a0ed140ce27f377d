using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Watch-BpfTraceLog: what programs write with bpf_printk and to their streams, one object a message.</summary>
[Cmdlet(VerbsCommon.Watch, "BpfTraceLog")]
[OutputType(typeof(BpfTraceMessage))]
public sealed class WatchBpfTraceLogCommand : BpfCmdlet
{
    private BpfTraceLog? _log;

    /// <summary>Only what these programs write, wildcards allowed.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(ProgramNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Program { get; set; }

    /// <summary>End after so many messages.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    [WholeNumber]
    public long First { get; set; } = long.MaxValue;

    /// <summary>End after so long: 10s, 5m, or a TimeSpan.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Duration { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var patterns = Program?.Select(Wildcards.Pattern).ToArray();
        Func<string, bool>? isWanted = patterns is null ? null : program => Array.Exists(patterns, pattern => pattern.IsMatch(program));
        _log = Require(() => new BpfTraceLog(isWanted), null);
        _log.Waiting = isWaiting => ShowWait("Watching", isWaiting ? "No messages yet" : null);
        using var stopping = StopToken.Register(_log.Cancel);
        using var messages = _log.Read(isWanted is null ? null : message => message.Program is { } program && isWanted(program),
            First, Duration).GetEnumerator();
        while (Require(() => messages.MoveNext(), null))
        {
            WriteObject(messages.Current);
        }
        if (_log.Lost > 0)
        {
            WriteWarning($"{_log.Lost} entries of the kernel's trace were lost, because they came faster than they were read.");
        }
    }

    /// <summary>Stops listening. PowerShell calls this however the pipeline ends.</summary>
    private protected override void Release() => _log?.Dispose();
}
