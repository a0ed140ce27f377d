using System.Runtime.InteropServices;
using System.Text;
using BpfPS.Native;
using BpfPS.Verifier;

namespace BpfPS.Features;

/// <summary>Hands programs to the verifier. The caller closes the loaded programs, and nothing is attached here.</summary>
// unsafe: instructions and log are pinned for the load.
internal static unsafe class ProgramProbe
{
    private const int LogSize = 64 * 1024;
    private const string Name = "bpfps_probe";

    // Only the end of the log matters, and each load overwrites it, so one buffer per thread is enough.
    [ThreadStatic] private static byte[]? t_log;

    /// <summary>Loads a program.</summary>
    /// <param name="request">The program to load.</param>
    /// <param name="log">The verifier's log; empty if the verifier did not run.</param>
    /// <returns>The program's descriptor, or a negative errno.</returns>
    public static int Load(LoadRequest request, out string log)
    {
        var buffer = t_log ??= GC.AllocateUninitializedArray<byte>(LogSize, pinned: true);
        buffer[0] = 0;
        var target = request.Target?.Invoke();
        fixed (byte* logBuffer = buffer)
        fixed (ulong* instructions = request.Instructions)
        {
            var options = new ProgramLoadOptions
            {
                Size = (nuint)sizeof(ProgramLoadOptions),
                ExpectedAttachType = target is { Member: > 0 } ? target.Member : request.AttachType,
                AttachBtfId = target?.Id ?? 0,
                Flags = request.Flags,
                LogLevel = request.IsQuiet ? 0u : 1,
                LogSize = request.IsQuiet ? 0u : LogSize,
                LogBuffer = request.IsQuiet ? 0 : (nint)logBuffer,
            };
            var result = LibBpf.bpf_prog_load(request.Type, Name, "GPL", instructions, (nuint)request.Instructions.Length, &options);
            log = Encoding.UTF8.GetString(buffer.AsSpan(0, Math.Max(0, buffer.AsSpan().IndexOf((byte)0))));
            return result;
        }
    }

    /// <summary>The last line of a log: the verifier's reason.</summary>
    public static string LastLine(string log)
    {
        var parsed = Verifier.VerifierLog.Parse(log);
        return VisibleText.Escape(parsed.Reason.Length > 0 ? parsed.Reason : log.Trim());
    }
}
