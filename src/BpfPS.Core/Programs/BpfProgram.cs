using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Pins;
using BpfPS.Records;

namespace BpfPS;

/// <summary>A program in the kernel. A program in an object file is a <see cref="BpfProgramSpec"/>.</summary>
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

    /// <summary>Its name: the name of its C function from BTF, or else the kernel's name, which is truncated to 15 characters.</summary>
    public string Name { get; }

    /// <summary>Its type as libbpf names it, such as "tracing" or "xdp".</summary>
    public string Type { get; }

    /// <summary>The ELF section, which determines where it attaches; null for a program that another process loaded.</summary>
    public string? Section { get; internal init; }

    /// <summary>The hash of its instructions, in hexadecimal.</summary>
    public string Tag { get; private init; } = "";

    /// <summary>When it was loaded, in local time.</summary>
    public DateTime LoadTime { get; internal init; }

    /// <summary>The user that loaded it.</summary>
    public uint UserId { get; internal init; }

    /// <summary>The processes that have a descriptor of it; empty for a program that only a pin or a link keeps alive.</summary>
    public IReadOnlyList<BpfHolder> Processes => _holders.Value;

    /// <summary>The ids of the maps that it uses.</summary>
    public uint[] MapIds { get; internal init; } = [];

    /// <summary>
    /// The names of the maps that it uses, in the order of <see cref="MapIds"/>; empty for a map that has no name or no longer exists.
    /// </summary>
    public string[] MapNames => _mapNames ??= Array.ConvertAll(MapIds, NameOfMap);

    /// <summary>The number of runs while statistics were enabled (kernel.bpf_stats_enabled).</summary>
    public ulong RunCount { get; internal init; }

    /// <summary>Its total run time while statistics were enabled.</summary>
    public TimeSpan RunTime { get; internal init; }

    /// <summary>The number of runs skipped because it was already running on the same CPU (Linux 5.12 or later, otherwise 0).</summary>
    public ulong RecursionMisses { get; internal init; }

    /// <summary>
    /// The kernel memory that it uses in bytes, as the kernel accounts for it (memlock in its fdinfo); 0 if there is no /proc.
    /// </summary>
    public ulong MemorySize { get; internal init; }

    /// <summary>The size in bytes of its instructions after verification.</summary>
    public uint TranslatedSize { get; internal init; }

    /// <summary>The size in bytes of its machine code; 0 if it is interpreted.</summary>
    public uint JitedSize { get; internal init; }

    /// <summary>The number of instructions that the verifier processed (Linux 5.16 or later, otherwise 0).</summary>
    public uint VerifiedInstructions { get; internal init; }

    /// <summary>Whether its license is compatible with the GPL.</summary>
    public bool IsGplCompatible { get; internal init; }

    /// <summary>The id of its BTF; 0 if it has none.</summary>
    public uint BtfId { get; internal init; }

    /// <summary>Returns the program with an id.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="BpfException">No program has this id, or the user lacks permission.</exception>
    public static BpfProgram FromId(uint id)
    {
        LibBpfLibrary.Require();
        using var fd = KernelObjects.OpenProgram(id);
        return FromDescriptor(fd, null, AllHolders());
    }

    /// <summary>Returns the program that is pinned at a path.</summary>
    /// <param name="path">A path in bpffs.</param>
    /// <exception cref="BpfException">There is no pin, the pin is not of a program, or the user lacks permission.</exception>
    public static BpfProgram FromPin(string path)
    {
        using var fd = BpfPin.OpenDescriptor(path, BpfPinKind.Program);
        return FromDescriptor(fd, null, AllHolders());
    }

    /// <summary>
    /// Pins the program, so that it stays loaded without any process. To keep it attached as well, pin its link instead.
    /// </summary>
    /// <param name="path">A path in bpffs; a relative one starts at its root. Missing directories are created, accessible to root
    /// only.</param>
    /// <param name="force">Whether to replace the pin of another program at this path.</param>
    /// <param name="access">The pin's owner and permissions; null to give access only to the user that creates it.</param>
    /// <exception cref="BpfException">The path is outside bpffs or already in use, the program no longer exists, or the user lacks
    /// permission.</exception>
    public BpfPin Pin(string path, bool force = false, BpfPinAccess? access = null)
    {
        using var fd = KernelObjects.OpenProgram(Id);
        return PinMaker.Create(fd, path, BpfPinKind.Program, force, access);
    }

    /// <summary>Lists every program in the kernel. Programs that disappear in the meantime are skipped.</summary>
    /// <exception cref="BpfException">The user lacks permission.</exception>
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

    // unsafe: the kernel's info is a local struct, and its name has the fixed length that is passed.
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

    /// <summary>The processes that hold each program, looked up once for a whole listing, and only on first use.</summary>
    internal static Lazy<ILookup<uint, BpfHolder>> AllHolders() => new(() => BpfHolder.OfPrograms());

    // unsafe: the kernel's info is a local struct, and its name has the fixed length that is passed.
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

    /// <summary>Reads the memory size from fdinfo, the only place where the kernel reports it (bpf_prog_show_fdinfo).</summary>
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
            return 0; // There is no /proc.
        }
    }

    /// <summary>The program's name and id.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Escape(Name)} ({Type}, id {Id})");
}
