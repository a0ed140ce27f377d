using System.Collections.Concurrent;
using BpfPS.Host;

namespace BpfPS.Stacks;

/// <summary>
/// Names kernel addresses, from /proc/kallsyms. The table is shared, read on first use, and read again, at most once a second,
/// for an address that it does not cover, because BPF programs and modules come and go. Thread-safe.
/// </summary>
public sealed class KernelSymbols
{
    // Another BPF program can be loaded at the address of an earlier one without notice. This limits how long the old name stays.
    private static readonly TimeSpan ChangingNamesLifetime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RereadInterval = TimeSpan.FromSeconds(1);
    private const int CacheLimit = 65_536;

    private readonly Func<KallsymsTable> _read;
    private readonly TimeProvider _clock;
    private readonly Lock _reading = new();
    private volatile Snapshot? _snapshot;

    /// <summary>Creates a separate reader; <see cref="Shared"/> saves memory and time.</summary>
    public KernelSymbols() : this(ReadSystem, TimeProvider.System)
    {
    }

    internal KernelSymbols(Func<KallsymsTable> read, TimeProvider clock) => (_read, _clock) = (read, clock);

    /// <summary>The reader that everything in this process shares.</summary>
    public static KernelSymbols Shared { get; } = new();

    /// <summary>The number of known functions; 0 if the kernel hides its addresses from this process.</summary>
    public int Count => Current().Table.HasAddresses ? Current().Table.Count : 0;

    /// <summary>The reason why no address can be named: no privilege, or no /proc/kallsyms. Null if names are available.</summary>
    public string? Reason => Current().Failure;

    /// <summary>Returns the frame for a kernel address, with a reason if it has no name. Never throws.</summary>
    /// <param name="address">The address.</param>
    /// <param name="isExact">
    /// True for the address of a running instruction, false for the address a call returns to. In that case the function is looked up
    /// one byte before, because a call that never returns can be the last instruction of its function.
    /// </param>
    public BpfStackFrame Resolve(ulong address, bool isExact = true)
    {
        var lookup = isExact || address == 0 ? address : address - 1;
        var snapshot = Current();
        if (snapshot.Frames.TryGetValue((address, isExact), out var known) && IsCurrent(snapshot, lookup))
        {
            return known;
        }
        var found = snapshot.Table.TryFind(lookup, out var symbol);
        if (!(found ? IsCurrent(snapshot, lookup) : snapshot.Table.IsCore(lookup)) && TryRefresh(snapshot) is { } newer)
        {
            snapshot = newer;
            found = snapshot.Table.TryFind(lookup, out symbol);
        }
        return found ? Remember(snapshot, isExact, Named(address, symbol)) : Nameless(address, snapshot);
    }

    private Snapshot Current() => _snapshot ?? TryRefresh(null)!;

    private bool IsCurrent(Snapshot snapshot, ulong address) =>
        snapshot.Table.IsCore(address) || _clock.GetElapsedTime(snapshot.ReadAt) < ChangingNamesLifetime;

    private Snapshot? TryRefresh(Snapshot? seen)
    {
        lock (_reading)
        {
            if (_snapshot is { } current)
            {
                if (!ReferenceEquals(current, seen))
                {
                    return current;
                }
                if (_clock.GetElapsedTime(current.ReadAt) < RereadInterval)
                {
                    return null;
                }
            }
            return _snapshot = ReadSnapshot();
        }
    }

    private Snapshot ReadSnapshot()
    {
        try
        {
            var table = _read();
            return new Snapshot(table, _clock.GetTimestamp(), table.HasAddresses ? null : HiddenReason());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Snapshot(KallsymsTable.Empty, _clock.GetTimestamp(), $"cannot read /proc/kallsyms: {e.Message}");
        }
    }

    private static BpfStackFrame Remember(Snapshot snapshot, bool isExact, BpfStackFrame frame)
    {
        // Counted separately, because a ConcurrentDictionary's own Count takes all of its locks. A small error does no harm.
        if (snapshot.Frames.TryAdd((frame.Address, isExact), frame) && ++snapshot.FrameCount >= CacheLimit)
        {
            snapshot.FrameCount = 0;
            snapshot.Frames.Clear();
        }
        return frame;
    }

    private static BpfStackFrame Named(ulong address, KernelSymbol symbol)
    {
        var isBpf = symbol.Module == "bpf";
        return new BpfStackFrame
        {
            Address = address,
            Function = isBpf ? BpfProgramName(symbol.Name) : symbol.Name,
            Offset = address - symbol.Start,
            Module = symbol.Module ?? "vmlinux",
            Kind = isBpf ? BpfStackFrameKind.Bpf : BpfStackFrameKind.Kernel,
        };
    }

    // bpf_prog_<16 hexadecimal digits>_<name>; a program without a name keeps its tag, and trampolines keep their names.
    internal static string BpfProgramName(string symbol)
    {
        const string prefix = "bpf_prog_";
        const int nameAt = 9 + 16 + 1;
        return symbol.StartsWith(prefix, StringComparison.Ordinal) && symbol.Length > nameAt && symbol[nameAt - 1] == '_'
            && symbol.AsSpan(prefix.Length, 16).IndexOfAnyExcept(HexDigits) < 0 ? symbol[nameAt..] : symbol;
    }

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdef");

    private static BpfStackFrame Nameless(ulong address, Snapshot snapshot) => new()
    {
        Address = address,
        Kind = BpfStackFrameKind.Kernel,
        Reason = snapshot.Failure
            ?? "no function in /proc/kallsyms covers this address; its module or BPF program may be unloaded",
    };

    private static string HiddenReason()
    {
        var restrict = "?";
        try
        {
            restrict = File.ReadAllText("/proc/sys/kernel/kptr_restrict").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The setting only makes the sentence more precise.
        }
        // kallsyms_show_value in kernel/ksyms_common.c has these rules.
        return restrict switch
        {
            "2" => "the kernel hides its addresses from everyone (kernel.kptr_restrict=2); set it to 1 and run with CAP_SYSLOG",
            "0" => "the kernel hides its addresses from this process (kernel.kptr_restrict=0); run with CAP_SYSLOG, or set"
                + " kernel.perf_event_paranoid to 1 or less",
            _ => $"the kernel hides its addresses from this process (kernel.kptr_restrict={restrict}); run with CAP_SYSLOG",
        };
    }

    private static KallsymsTable ReadSystem()
    {
        using var kallsyms = OpenProc("/proc/kallsyms");
        // A kernel without modules has no /proc/modules.
        using var modules = File.Exists("/proc/modules") ? OpenProc("/proc/modules") : null;
        return KallsymsParser.Parse(kallsyms, modules);
    }

    private static FileStream OpenProc(string path) => new(path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite });

    private sealed record Snapshot(KallsymsTable Table, long ReadAt, string? Failure)
    {
        public int FrameCount;

        public ConcurrentDictionary<(ulong Address, bool IsExact), BpfStackFrame> Frames { get; } = new();
    }
}
