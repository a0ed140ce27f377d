using System.Buffers.Text;
using System.Globalization;

namespace BpfPS.Stacks;

/// <summary>Distinguishes a process from a later one with the same id, and reads what is needed to find its files.</summary>
internal static class ProcessIdentity
{
    private const int StateField = 0; // index among the fields after the command name in /proc/PID/stat
    private const int StartTimeField = 19;

    /// <summary>When the process started, in clock ticks since boot; null if it has ended.</summary>
    public static ulong? ReadStartTime(uint processId)
    {
        try
        {
            return ParseStartTime(File.ReadAllBytes($"/proc/{processId}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The start time from the text of /proc/PID/stat; null for a zombie, which has no memory any more.</summary>
    public static ulong? ParseStartTime(ReadOnlySpan<byte> stat)
    {
        // The command name can contain anything, even parentheses and spaces; the fields after it cannot.
        var nameEnd = stat.LastIndexOf((byte)')');
        if (nameEnd < 0 || nameEnd + 2 > stat.Length)
        {
            return null;
        }
        var fields = stat[(nameEnd + 2)..];
        var number = 0;
        foreach (var range in fields.Split((byte)' '))
        {
            var field = fields[range];
            if (number == StateField && field is [(byte)'Z' or (byte)'X', ..])
            {
                return null;
            }
            if (number++ == StartTimeField)
            {
                return Utf8Parser.TryParse(field, out ulong time, out _) ? time : null;
            }
        }
        return null;
    }

    /// <summary>The id of the process in its own PID namespace, and its user; null if it has ended.</summary>
    public static (uint NamespaceId, uint RealUser, uint EffectiveUser)? ReadInside(uint processId)
    {
        try
        {
            uint inside = processId, real = uint.MaxValue, effective = uint.MaxValue;
            foreach (var line in File.ReadLines($"/proc/{processId}/status"))
            {
                var fields = line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries);
                if (line.StartsWith("NSpid:", StringComparison.Ordinal))
                {
                    inside = uint.Parse(fields[^1], CultureInfo.InvariantCulture);
                }
                else if (line.StartsWith("Uid:", StringComparison.Ordinal))
                {
                    real = uint.Parse(fields[1], CultureInfo.InvariantCulture);
                    effective = uint.Parse(fields[2], CultureInfo.InvariantCulture);
                }
            }
            return (inside, real, effective);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
