using Microsoft.Extensions.Logging;

namespace BpfPS.Native;

/// <summary>
/// Keeps what libbpf warns of, because its return value is only a number, and passes its messages on. Of a failure it says the reason
/// first, and then which steps failed because of it.
/// </summary>
/// <param name="next">Where the messages go; may be null.</param>
internal class LibBpfWarnings(ILogger? next) : ILogger
{
    private const string Prefix = "libbpf: ";
    private const int Kept = 4;

    private readonly List<string> _warnings = [];

    /// <summary>The reason for a failure in libbpf's words, fit to be shown; null if it said nothing of its own.</summary>
    public string? Reason => _warnings.Find(warning => !IsConsequence(warning)) is { } reason ? VisibleText.Escape(reason) : null;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Warning || next?.IsEnabled(logLevel) == true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        next?.Log(logLevel, eventId, state, exception, formatter);
        if (logLevel == LogLevel.Warning)
        {
            var text = formatter(state, exception);
            var warning = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;
            _warnings.Add(warning);
            if (_warnings.Count > Kept)
            {
                _warnings.RemoveAt(0);
            }
            Read(warning);
        }
    }

    /// <summary>Looks at a warning, without libbpf's prefix.</summary>
    protected virtual void Read(string warning)
    {
    }

    // The verifier's log comes in one piece, and its reader knows better what to say of it.
    private static bool IsConsequence(string warning) => warning.Contains('\n')
        || warning.StartsWith("failed to load object", StringComparison.Ordinal)
        || warning.Contains("Retrying without BTF", StringComparison.Ordinal)
        || warning.EndsWith("BPF program load failed: Permission denied", StringComparison.Ordinal);
}
