using BpfPS.Native;
using Microsoft.Win32.SafeHandles;

namespace BpfPS.Stacks;

/// <summary>
/// The perf map of one process, /tmp/perf-PID.map in its own root and with its own number, read again when it grows.
/// </summary>
/// <remarks>/tmp is everybody's: only a regular file that belongs to the process's user or to root is read.</remarks>
internal sealed class PerfMapFile(uint processId, TimeProvider clock)
{
    private const int LargestFile = 64 * 1024 * 1024;
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromSeconds(1);

    private PerfMap? _map;
    private (ulong Inode, ulong Size, long Seconds, uint Nanoseconds) _version;
    private long? _checkedAt;
    private TimeSpan _pause;
    private string _reason = "";

    /// <summary>The function that an address lies in.</summary>
    public bool TryFind(ulong address, out string name, out ulong start, out string reason)
    {
        // A map that is being written to is read again even for addresses that it knew: code moves.
        if (_checkedAt is not { } time || clock.GetElapsedTime(time) >= _pause)
        {
            var started = clock.GetTimestamp();
            Load();
            _checkedAt = clock.GetTimestamp();
            // A big map that grows all the time must not keep us busy with nothing else.
            var cost = clock.GetElapsedTime(started, _checkedAt.Value) * 10;
            _pause = cost > s_shortestPause ? cost : s_shortestPause;
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
            return; // It has ended; what was read before still holds.
        }
        var path = $"/tmp/perf-{inside.NamespaceId}.map";
        using var file = DwflFiles.OpenRegular($"/proc/{processId}/root", path, out var status, out _);
        if (file is null)
        {
            _map = null;
            _reason = $"code made at run time, and no {path} names it (runtimes write one on request: node --perf-basic-prof, DOTNET_PerfMapEnabled=1)";
        }
        else if (status.UserId != 0 && status.UserId != inside.RealUser && status.UserId != inside.EffectiveUser)
        {
            _map = null;
            _reason = $"code made at run time, and {path} belongs neither to the process's user nor to root, so it is not believed";
        }
        else if (_map is null || _version != Version(status))
        {
            _map = PerfMap.Parse(Read(file, status.Size));
            _version = Version(status);
            _reason = $"code made at run time that {path} does not name";
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
            // What was read up to here is as good as it was.
        }
        return text[..filled];
    }
}
