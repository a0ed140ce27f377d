using Microsoft.Extensions.Logging;

namespace BpfPS;

/// <summary>
/// An <see cref="ILogger"/> that calls a delegate. The cmdlets use it, because their assembly must not refer to a type of
/// the logging library: it lives in PowerShell's own load context, where another module may have loaded a different version.
/// </summary>
/// <param name="write">Called with each message, on the thread that called the engine.</param>
internal sealed class DelegateLogger(Action<BpfMessageLevel, string> write) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
        string> formatter) =>
        write(logLevel switch
        {
            LogLevel.Trace or LogLevel.Debug => BpfMessageLevel.Debug,
            LogLevel.Information => BpfMessageLevel.Information,
            _ => BpfMessageLevel.Warning,
        }, formatter(state, exception));
}
