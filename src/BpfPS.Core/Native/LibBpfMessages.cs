using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;

namespace BpfPS.Native;

/// <summary>
/// Forwards libbpf's messages to the <see cref="ILogger"/> of the call that caused them. libbpf has one print
/// function for the whole process and calls it on the thread that called libbpf, so each thread has its own logger.
/// </summary>
internal static unsafe class LibBpfMessages
{
    // When a program is rejected, the verifier's log comes through here in one piece. It is kept elsewhere.
    private const int MaximumLength = 16 * 1024;

    [ThreadStatic] private static ILogger? t_logger;

    /// <summary>Sends the messages of this thread's libbpf calls to <paramref name="logger"/> until disposed.</summary>
    public static Scope To(ILogger? logger) => new(logger);

    /// <summary>The current logger of this thread, for a logger that reads the messages and passes them on.</summary>
    public static ILogger? Current => t_logger;

    internal static void Attach() => LibBpf.libbpf_set_print(&Print);

    [UnmanagedCallersOnly]
    private static int Print(int level, nint format, nint arguments)
    {
        var logger = t_logger;
        if (logger is null)
        {
            return 0;
        }
        // An exception that leaves this function would end the process.
        try
        {
            var importance = level switch { 0 => LogLevel.Warning, 1 => LogLevel.Information, _ => LogLevel.Debug };
            if (!logger.IsEnabled(importance))
            {
                return 0;
            }
            var buffer = stackalloc byte[MaximumLength];
            var length = Libc.vsnprintf(buffer, MaximumLength, format, arguments);
            var text = Encoding.UTF8.GetString(buffer, Math.Clamp(length, 0, MaximumLength - 1)).TrimEnd();
            logger.Log(importance, "{Message}", text);
        }
        catch (Exception)
        {
            return 0;
        }
        return 0;
    }

    internal readonly struct Scope : IDisposable
    {
        private readonly ILogger? _previous;

        public Scope(ILogger? logger)
        {
            _previous = t_logger;
            t_logger = logger is NullLogger ? null : logger;
        }

        public void Dispose() => t_logger = _previous;
    }
}
