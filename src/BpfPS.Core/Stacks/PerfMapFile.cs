using BpfPS.Native;
using Microsoft.Win32.SafeHandles;

namespace BpfPS.Stacks;

/// <summary>
/// The perf map of one process: /tmp/perf-PID.map in its own root and with its own process id. It is read again when it grows.
/// </summary>
/// <remarks>Everyone can write to /tmp, so only a regular file that belongs to the process's user or to root is read.</remarks>
internal sealed class PerfMapFile(uint processId, TimeProvider clock)
{
    private const int LargestFile = 64 * 1024 * 1024;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    private PerfMap? _map;
    private (ulong Inode, ulong Size, long Seconds, uint Nanoseconds) _version;
    private long? _checkedAt;
    private TimeSpan _pause;
    private string _reason = "";

    /// <summary>Finds the function of an address.</summary>
    public bool TryFind(ulong address, out string name, out ulong start, out string reason)
    {
        // A growing map is read again even for known addresses, because code moves.
        if (_checkedAt is not { } time || clock.GetElapsedTime(time) >= _pause)
        {
            var started = clock.GetTimestamp();
            Load();
            _checkedAt = clock.GetTimestamp();
            // A large map that keeps growing must not take all of our time.
            var cost = clock.GetElapsedTime(started, _checkedAt.Value) * 10;
            _pause = cost > ShortestPause ? cost : ShortestPause;
        }
        name = "";
        start = 0;
        reason = _reason;
        return _map is not null && _map.TryFind(address, out name, out start);
    }

    private void Load()
    {
        if (ProcessIdentity.ReadInside(processId) is not { } inside)
        {
            return; // It has ended; the names read before are still valid.
        }
        var path = $"/tmp/perf-{inside.NamespaceId}.map";
        using var file = DwflFiles.OpenRegular($"/proc/{processId}/root", path, out var status, out _);
        if (file is null)
        {
            _map = null;
            _reason = $"code compiled at run time, and {path} with its names does not exist (runtimes write it on request:"
                + " node --perf-basic-prof, DOTNET_PerfMapEnabled=1)";
        }
        else if (status.UserId != 0 && status.UserId != inside.RealUser && status.UserId != inside.EffectiveUser)
        {
            _map = null;
            _reason = $"code compiled at run time, and {path} is not trusted, because it belongs neither to the process's user nor to root";
        }
        else if (_map is null || _version != Version(status))
        {
            _map = PerfMap.Parse(Read(file, status.Size));
            _version = Version(status);
            _reason = $"code compiled at run time, which {path} does not name";
        }
    }

    private static (ulong, ulong, long, uint) Version(FileStatus status) =>
        (status.Inode, status.Size, status.ModifiedSeconds, status.ModifiedNanoseconds);

    private static byte[] Read(SafeFileHandle file, ulong size)
    {
        var text = new byte[(int)Math.Min(size, LargestFile)];
        var filled = 0;
        try
        {
            for (int read; filled < text.Length && (read = RandomAccess.Read(file, text.AsSpan(filled), filled)) > 0;)
            {
                filled += read;
            }
        }
        catch (IOException)
        {
            // The part read so far is still valid.
        }
        return text[..filled];
    }
}
