using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Pins;
using BpfPS.Records;

namespace BpfPS;

/// <summary>A program in the kernel. What an object file holds is a <see cref="BpfProgramSpec"/>.</summary>
public sealed class BpfProgram
{
    private readonly Lazy<IReadOnlyList<BpfHolder>> _holders;
    private string[]? _mapNames;

    private BpfProgram(uint id, string name, string type, Lazy<IReadOnlyList<BpfHolder>> holders)
    {
        Id = id;
        Name = name;
        Type = type;
        _holders = holders;
    }

    /// <summary>The program's id in the kernel.</summary>
    public uint Id { get; }

    /// <summary>Its name: the C function's where BTF has it, otherwise the kernel's, which is cut at 15 characters.</summary>
    public string Name { get; }

    /// <summary>Its type in libbpf's words, such as "tracing" or "xdp".</summary>
    public string Type { get; }

    /// <summary>The ELF section, which says where it attaches; null for a program that another process loaded.</summary>
    public string? Section { get; internal init; }

    /// <summary>The hash of its instructions, in hexadecimal.</summary>
    public string Tag { get; private init; } = "";

    /// <summary>When it was loaded, in local time.</summary>
    public DateTime LoadTime { get; internal init; }

    /// <summary>The user that loaded it.</summary>
    public uint UserId { get; internal init; }

    /// <summary>The processes that hold it open by a descriptor; a program that only a pin or a link keeps has none.</summary>
    public IReadOnlyList<BpfHolder> Processes => _holders.Value;

    /// <summary>The ids of the maps that it uses.</summary>
    public uint[] MapIds { get; internal init; } = [];

    /// <summary>
    /// The names of the maps that it uses, in the order of <see cref="MapIds"/>; empty for a map that has none or has gone.
    /// </summary>
    public string[] MapNames => _mapNames ??= Array.ConvertAll(MapIds, NameOfMap);

    /// <summary>How often it ran while statistics were on (kernel.bpf_stats_enabled).</summary>
    public ulong RunCount { get; internal init; }

    /// <summary>How long it ran in all while statistics were on.</summary>
    public TimeSpan RunTime { get; internal init; }

    /// <summary>How often it was not run because it was running already on the same CPU (since Linux 5.12; before that 0).</summary>
    public ulong RecursionMisses { get; internal init; }

    /// <summary>
    /// Bytes of kernel memory that it takes, as the kernel accounts for them (memlock of its fdinfo); 0 where there is no /proc.
    /// </summary>
    public ulong MemorySize { get; internal init; }

    /// <summary>Bytes of its instructions as the verifier left them.</summary>
    public uint TranslatedSize { get; internal init; }

    /// <summary>Bytes of machine code; 0 when it is interpreted.</summary>
    public uint JitedSize { get; internal init; }

    /// <summary>How many instructions the verifier looked at (since Linux 5.16; before that 0).</summary>
    public uint VerifiedInstructions { get; internal init; }

    /// <summary>Whether its licence is compatible with the GPL.</summary>
    public bool IsGplCompatible { get; internal init; }

    /// <summary>The id of its BTF, 0 for none.</summary>
    public uint BtfId { get; internal init; }

    /// <summary>The program with that id.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="BpfException">There is none, or the user may not.</exception>
    public static BpfProgram FromId(uint id)
    {
        LibBpfLibrary.Require();
        using var fd = KernelObjects.OpenProgram(id);
        return FromDescriptor(fd, null, AllHolders());
    }

    /// <summary>The program that is pinned at a path.</summary>
    /// <param name="path">A path in bpffs.</param>
    /// <exception cref="BpfException">There is no pin, it is not a program's, or the user may not.</exception>
    public static BpfProgram FromPin(string path)
    {
        using var fd = BpfPin.OpenDescriptor(path, BpfPinKind.Program);
        return FromDescriptor(fd, null, AllHolders());
    }

    /// <summary>Pins the program, so that it stays loaded without any process. A pin does not keep it attached: a link's does.</summary>
    /// <param name="path">A path in bpffs; a relative one counts from its root. Missing directories are made, for root only.</param>
    /// <param name="force">Whether the pin of another program that is there is replaced.</param>
    /// <param name="access">Whose the pin is and who may use it; null for the user that makes it alone.</param>
    /// <exception cref="BpfException">The path lies outside of bpffs or is taken, the program has gone, or the user may not.</exception>
    public BpfPin Pin(string path, bool force = false, BpfPinAccess? access = null)
    {
        using var fd = KernelObjects.OpenProgram(Id);
        return PinMaker.Create(fd, path, BpfPinKind.Program, force, access);
    }

    /// <summary>Every program in the kernel. One that goes away meanwhile is left out.</summary>
    /// <exception cref="BpfException">The user may not.</exception>
    public static IEnumerable<BpfProgram> List()
    {
        LibBpfLibrary.Require();
        var holders = AllHolders();
        foreach (var id in KernelObjects.ProgramIds())
        {
            BpfProgram program;
            try
            {
                using var fd = KernelObjects.OpenProgram(id);
                program = FromDescriptor(fd, null, holders);
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
            yield return program;
        }
    }

    // unsafe: the kernel's info is a local struct; names in it have the fixed length that is given.
    internal static unsafe BpfProgram FromDescriptor(FileDescriptor fd, string? section, Lazy<ILookup<uint, BpfHolder>> holders)
    {
        var info = KernelObjects.GetProgramInfo(fd);
        var id = info.Id;
        var name = KernelObjects.NameOf(info.Name, 16);
        if (name.Length == KernelObjects.NameLength && info.BtfId != 0
            && KernelBtf.TryGet(info.BtfId) is { } types && KernelObjects.GetMainFunctionTypeId(fd) is var function and not 0
            && function < types.Count && types[function].Name is { Length: > 0 } full)
        {
            name = full;
        }
        return new BpfProgram(id, name, TypeNames.Program(info.Type), new(() => holders.Value[id].ToArray()))
        {
            Section = section,
            Tag = Convert.ToHexStringLower(new ReadOnlySpan<byte>(info.Tag, 8)),
            LoadTime = KernelClock.FromBootTime(info.LoadTime),
            UserId = info.CreatedByUserId,
            MapIds = KernelObjects.GetMapIds(fd),
            RunCount = info.RunCount,
            RunTime = TimeSpan.FromTicks((long)(info.RunTimeNanoseconds / TimeSpan.NanosecondsPerTick)),
            RecursionMisses = info.RecursionMisses,
            MemorySize = MemoryOf(fd),
            TranslatedSize = info.TranslatedLength,
            JitedSize = info.JitedLength,
            VerifiedInstructions = info.VerifiedInstructions,
            IsGplCompatible = (info.GplCompatible & 1) != 0,
            BtfId = info.BtfId,
        };
    }

    /// <summary>Who holds which program, looked up once for a whole listing and only when somebody asks.</summary>
    internal static Lazy<ILookup<uint, BpfHolder>> AllHolders() => new(() => BpfHolder.OfPrograms());

    // unsafe: the kernel's info is a local struct; names in it have the fixed length that is given.
    private static unsafe string NameOfMap(uint id)
    {
        try
        {
            using var fd = KernelObjects.OpenMap(id);
            var info = KernelObjects.GetMapInfo(fd);
            return KernelObjects.NameOf(info.Name, 16);
        }
        catch (BpfException e) when (e.Kind is BpfErrorKind.Vanished or BpfErrorKind.PermissionDenied)
        {
            return "";
        }
    }

    /// <summary>The only place where the kernel says it: bpf_prog_show_fdinfo of kernel/bpf/syscall.c.</summary>
    private static ulong MemoryOf(FileDescriptor fd)
    {
        const string Line = "memlock:";
        try
        {
            var text = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{fd.DangerousGetHandle()}"))
                .FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
            return text is not null && ulong.TryParse(text.AsSpan(Line.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture,
                out var bytes) ? bytes : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0; // no /proc here
        }
    }

    /// <summary>The program's name and id.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Escape(Name)} ({Type}, id {Id})");
}
