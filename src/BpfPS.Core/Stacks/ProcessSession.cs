using BpfPS.Native;

namespace BpfPS.Stacks;

/// <summary>The data read about one process, to name its addresses. Not thread-safe.</summary>
internal sealed class ProcessSession : IDisposable
{
    // Stacks walked without frame pointers are full of unmapped addresses, and the maps must not be read again for each of them.
    private static readonly TimeSpan s_rereadInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_checkInterval = TimeSpan.FromSeconds(1);
    private const int CacheLimit = 65_536;

    private readonly uint _processId;
    private readonly ulong _startTime;
    private readonly TimeProvider _clock;
    private readonly PerfMapFile _perfMap;
    private readonly DwflSession? _dwfl;
    private readonly Dictionary<(ulong Address, bool IsExact), BpfStackFrame> _frames = [];
    private MemoryMap _map = MemoryMap.Empty;
    private string? _mapFailure;
    private long _readAt;
    private bool _hasEnded;

    /// <summary>Starts by reading the current memory map of the process.</summary>
    public ProcessSession(uint processId, ulong startTime, bool useLibDw, TimeProvider clock)
    {
        (_processId, _startTime, _clock) = (processId, startTime, clock);
        _perfMap = new PerfMapFile(processId, clock);
        _dwfl = useLibDw ? new DwflSession(processId) : null;
        ReadMap();
    }

    /// <summary>The order of last use: the session that was not used for the longest time is dropped first.</summary>
    public long LastUse { get; set; }

    /// <summary>The clock's time stamp of the last use.</summary>
    public long LastUsedAt { get; set; }

    /// <summary>
    /// Checks, at most once a second, whether the process has ended or changed its memory map.
    /// False if another process has its id now, so that this session is useless.
    /// </summary>
    public bool StillFits()
    {
        if (_clock.GetElapsedTime(_readAt) < s_checkInterval)
        {
            return true;
        }
        var startTime = ProcessIdentity.ReadStartTime(_processId);
        if (startTime is { } time && time != _startTime)
        {
            return false;
        }
        // The data read during its life can still name its addresses.
        _hasEnded = startTime is null;
        if (_hasEnded)
        {
            _readAt = _clock.GetTimestamp();
        }
        else
        {
            ReadMap();
        }
        return true;
    }

    /// <summary>Returns the frame for an address of the process.</summary>
    public BpfStackFrame Resolve(ulong address, bool isExact)
    {
        if (_frames.TryGetValue((address, isExact), out var known))
        {
            return known;
        }
        var lookup = isExact || address == 0 ? address : address - 1;
        var region = _map.Find(lookup);
        if (region is null && !_hasEnded && _clock.GetElapsedTime(_readAt) >= s_rereadInterval)
        {
            ReadMap();
            region = _map.Find(lookup);
        }
        if (region is null)
        {
            return new BpfStackFrame { Address = address, Kind = BpfStackFrameKind.User, Reason = ReasonForNoRegion() };
        }
        var frame = MakeFrame(address, lookup, region);
        // The names of code compiled at run time change with the perf map, which has its own timing.
        if (frame.Kind != BpfStackFrameKind.JustInTime)
        {
            Remember(frame, isExact);
        }
        return frame;
    }

    public void Dispose() => _dwfl?.Dispose();

    private BpfStackFrame MakeFrame(ulong address, ulong lookup, MappedRegion region)
    {
        var module = region.Path.Length == 0 ? null : region.Path;
        if (region.IsVsyscall)
        {
            return new BpfStackFrame { Address = address, Kind = BpfStackFrameKind.User, Module = module,
                Reason = "the kernel's [vsyscall] page has no symbols" };
        }
        if (!region.IsExecutable)
        {
            return new BpfStackFrame
            {
                Address = address, Kind = BpfStackFrameKind.User, Module = module,
                Reason = "no code can run here; the stack walk went wrong, as it does with code compiled without frame pointers",
            };
        }
        var symbol = region.IsFile || region.IsVdso ? FindInFile(region, lookup) : default;
        var reason = symbol.Reason;
        if (symbol.Name is null && !region.IsVdso)
        {
            if (_perfMap.TryFind(lookup, out var name, out var start, out var perfMapReason))
            {
                return new BpfStackFrame { Address = address, Kind = BpfStackFrameKind.JustInTime, Function = name,
                    Offset = address - start, Module = module };
            }
            reason = region.IsAnonymous ? perfMapReason : reason;
        }
        return new BpfStackFrame
        {
            Address = address,
            Kind = region.IsAnonymous && !region.IsVdso && symbol.Name is null ? BpfStackFrameKind.JustInTime : BpfStackFrameKind.User,
            Function = symbol.Name is null ? null : Demangler.Demangle(symbol.Name),
            Offset = symbol.Name is null ? null : symbol.Offset + (address - lookup),
            Module = module,
            ModuleOffset = region.IsFile || region.IsVdso ? address - region.Start + region.FileOffset : null,
            ModuleAddress = symbol.ModuleAddress + (address - lookup),
            SourceFile = symbol.SourceFile,
            SourceLine = symbol.SourceLine,
            Reason = symbol.Name is null ? reason : null,
        };
    }

    private UserSymbol FindInFile(MappedRegion region, ulong lookup) =>
        _dwfl is null ? new UserSymbol
        {
            Reason = $"symbols of processes require {LibDw.Library}; install libdw1 (Debian, Ubuntu, SUSE), elfutils-libs (Fedora, RHEL)"
                + " or elfutils (Arch, Alpine)",
        }
        : _map.InWholeFile(region, lookup) is { } address ? _dwfl.Find(address)
        : new UserSymbol { Reason = "only a part of the file, without its ELF header, is mapped" };

    private string ReasonForNoRegion() => _mapFailure ?? (_hasEnded
        ? $"process {_processId} has ended, and this address was not mapped when its maps were read"
        : _map.IsEmpty ? $"process {_processId} has no memory of its own, because it is a kernel thread or is ending"
        : "nothing is mapped here; the mapping is gone, or the stack walk went wrong, as it does with code compiled without frame"
            + " pointers");

    private void ReadMap()
    {
        _readAt = _clock.GetTimestamp();
        byte[] text;
        try
        {
            text = File.ReadAllBytes($"/proc/{_processId}/maps");
        }
        catch (UnauthorizedAccessException)
        {
            _mapFailure = $"cannot read /proc/{_processId}/maps, which requires CAP_SYS_PTRACE for a process of another user";
            return;
        }
        catch (IOException)
        {
            _hasEnded = true; // ESRCH or ENOENT: it ended after its start time was read.
            return;
        }
        _mapFailure = null;
        // An ending process has no maps, so the earlier ones are more useful.
        if (text.Length == 0 || _map.IsSame(text))
        {
            return;
        }
        _map = MemoryMap.Parse(text);
        _frames.Clear();
        _dwfl?.Report(_map);
    }

    private void Remember(BpfStackFrame frame, bool isExact)
    {
        if (_frames.Count >= CacheLimit)
        {
            _frames.Clear();
        }
        _frames[(frame.Address, isExact)] = frame;
    }
}
