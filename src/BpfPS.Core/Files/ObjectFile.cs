using System.Runtime.InteropServices;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Records;
using Microsoft.Extensions.Logging;

namespace BpfPS.Files;

/// <summary>An object file opened with libbpf: its programs, maps and variables before they are loaded.</summary>
// unsafe: libbpf's pointers belong to the open object and are not used beyond its life; spans have the sizes that libbpf states.
internal sealed unsafe class ObjectFile : IDisposable
{
    private const string Settings = ".rodata"; // and .rodata.NAME
    private const int LargestFile = 1 << 28;

    // struct bpf_insn of a call (BPF_JMP | BPF_CALL) of bpf_perf_event_output, bpf_skb_output and bpf_xdp_output.
    private static readonly ulong[] s_outputs = [Call(25), Call(111), Call(121)];

    private readonly List<FileDescriptor> _kept = [];
    private nint[]? _programs;
    private nint[]? _maps;

    private ObjectFile(string path, BpfObjectHandle handle, BtfTypes types, DebugInformation debug)
    {
        Path = path;
        Handle = handle;
        Types = types;
        Debug = debug;
    }

    public string Path { get; }

    public BpfObjectHandle Handle { get; }

    public BtfTypes Types { get; }

    /// <summary>The texts of the declaration tags (BPFPS_TAG of bpfps.h) of a program.</summary>
    /// <param name="program">Its name.</param>
    public IEnumerable<string> TagsOf(string program) =>
        Types.All.FirstOrDefault(type => type is BtfReference { Kind: BtfKind.Function } && type.Name == program) is { } function
            ? Types.Tags(function.Id) : [];

    /// <summary>The file's debug information, which stays readable after the file is closed.</summary>
    public DebugInformation Debug { get; }

    /// <summary>Opens an object file. This loads nothing and needs no privileges.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="logger">Receives libbpf's messages; may be null.</param>
    /// <param name="linked">Objects in memory that are linked with it; null for none.</param>
    /// <exception cref="BpfException">The file is missing, is not a BPF object, is damaged, or cannot be linked.</exception>
    public static ObjectFile Open(string path, string name, ILogger? logger, IReadOnlyList<byte[]>? linked = null)
    {
        LibBpfLibrary.Require();
        var image = ReadImage(path);
        var types = ReadTypes(path, image, out var debug);
        var warnings = new LibBpfWarnings(logger);
        using var messages = LibBpfMessages.To(warnings);
        if (linked is { Count: > 0 })
        {
            // The linker leaves the debug information out.
            image = ObjectLinker.Link(image, linked);
            types = ReadTypes(path, image, out _);
        }
        var objectName = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            var options = new BpfObjectOpenOptions { Size = (nuint)sizeof(BpfObjectOpenOptions), ObjectName = objectName };
            nint pointer;
            fixed (byte* bytes = image)
            {
                // libbpf copies the data that it needs.
                pointer = LibBpf.bpf_object__open_mem(bytes, (nuint)image.Length, &options);
            }
            if (pointer == 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                throw new BpfException(BpfErrorKind.InvalidData,
                    $"libbpf cannot open '{VisibleText.Escape(path)}' as a BPF object: {ErrnoText.Describe(errno)}"
                        + $"{(warnings.Reason is { } reason ? $": {reason}" : "")}.", RemedyFor(warnings.Reason), errno);
            }
            var handle = new BpfObjectHandle(pointer);
            if (!types.IsEmpty && LibBpf.bpf_object__btf(handle) == 0)
            {
                // libbpf opens the object all the same, without any types.
                handle.Dispose();
                throw new BpfException(BpfErrorKind.InvalidData,
                    $"libbpf cannot read the type information (BTF) of '{VisibleText.Escape(path)}'"
                        + $"{(warnings.Reason is { } why ? $": {why}" : "")}.", "Copy or compile the file again.");
            }
            // libbpf fills in the offsets of variables when it opens the file; the BTF in the file does not have them.
            var file = new ObjectFile(path, handle,
                types.WithSections(section => Placed(LibBpf.bpf_object__btf(handle), section)), debug);
            file.AllowTypedRingBuffers();
            return file;
        }
        finally
        {
            Marshal.FreeCoTaskMem(objectName);
        }
    }

    /// <summary>What to do about the reason for which libbpf does not open an object.</summary>
    private static BpfRemedy RemedyFor(string? reason) => reason switch
    {
        not null when reason.Contains("legacy map definitions", StringComparison.Ordinal) =>
            "Define its maps as libbpf has them since 1.0: struct { __uint(type, ...); __type(key, ...); ... } NAME SEC(\".maps\").",
        not null when reason.Contains("extern", StringComparison.Ordinal)
            && NewerLibBpf.Names.FirstOrDefault(name => reason.Contains($"'{name}'", StringComparison.Ordinal)) is { } newer =>
            NewerLibBpf.RemedyFor(newer, _ => true) + " Then compile the source again.",
        not null when reason.Contains("extern", StringComparison.Ordinal) =>
            "What another file defines has to be linked with it: 'bpftool gen object ALL.bpf.o ONE.bpf.o OTHER.bpf.o', and ALL started.",
        not null when reason.Contains("BTF is required", StringComparison.Ordinal) =>
            "Compile it with 'clang -g' (BTF comes with debug information), and do not strip the .BTF section.",
        null => new BpfRemedy("Compile it with 'clang -g -O2 -target bpf'.", BpfAdvice.ShowMessages),
        _ => "Compile it with 'clang -g -O2 -target bpf'.",
    };

    /// <summary>The name of an object, derived from its file name.</summary>
    public static string NameOf(string path)
    {
        var name = System.IO.Path.GetFileName(path);
        foreach (var ending in (string[])[".bpf.o", ".bpf.c", ".o", ".c"])
        {
            if (name.EndsWith(ending, StringComparison.Ordinal) && name.Length > ending.Length)
            {
                return name[..^ending.Length];
            }
        }
        return name;
    }

    /// <summary>libbpf's programs (struct bpf_program), in the file's order.</summary>
    public IReadOnlyList<nint> Programs() => _programs ??= [.. All(program => LibBpf.bpf_object__next_program(Handle, program))];

    /// <summary>The program (struct bpf_program) with a name.</summary>
    /// <exception cref="BpfException">The object does not have it; the error has the names of those that it has.</exception>
    public nint FindProgram(string name)
    {
        var program = Programs().FirstOrDefault(program => Text(LibBpf.bpf_program__name(program)) == name);
        if (program != 0)
        {
            return program;
        }
        const int most = 20;
        var names = Programs().Select(program => Text(LibBpf.bpf_program__name(program))).ToArray();
        var near = NearNames.Of(name, names, 5);
        throw new BpfException(BpfErrorKind.NotFound, $"The object has no program '{VisibleText.Escape(name)}'.",
            names.Length == 0 ? "It has no programs."
                : near.Count > 0 && names.Length > most ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}."
                : $"Its programs are: {VisibleText.Escape(string.Join(", ", names.Take(most)))}"
                    + $"{(names.Length > most ? $" and {names.Length - most} more" : "")}.");
    }

    /// <summary>Chooses the programs to load.</summary>
    /// <param name="wanted">Their names; empty to leave the choice to the file.</param>
    /// <exception cref="BpfException">The object does not have one of them.</exception>
    public void SelectPrograms(IReadOnlyList<string> wanted)
    {
        if (wanted.Count == 0)
        {
            return;
        }
        var chosen = wanted.Select(FindProgram).ToArray();
        foreach (var program in Programs())
        {
            Errors.ThrowIfNegative(LibBpf.bpf_program__set_autoload(program, chosen.Contains(program)), "Selecting a program");
        }
    }

    /// <summary>libbpf's maps (struct bpf_map), including those for global variables.</summary>
    public IReadOnlyList<nint> Maps() => _maps ??= [.. All(map => LibBpf.bpf_object__next_map(Handle, map))];

    public static string Text(nint utf8) => Marshal.PtrToStringUTF8(utf8) ?? "";

    /// <summary>The const globals that can be set before loading, with their current values.</summary>
    public IReadOnlyList<BpfVariable> Variables()
    {
        var variables = new List<BpfVariable>();
        foreach (var section in Types.All.OfType<BtfDataSection>().Where(section => IsSettings(section.Name)))
        {
            var data = SettingsData(section.Name);
            foreach (var (variable, place) in Types.Variables(section.Name))
            {
                // Static constants, such as format strings and tables, are internal to the program.
                if (variable.Linkage != 1 || place.Offset + (ulong)place.Size > (ulong)data.Length)
                {
                    continue;
                }
                var value = ValueDecoder.Decode(Types, variable.Type, data.Slice((int)place.Offset, (int)place.Size));
                variables.Add(new BpfVariable(Types, variable, place, value) { Section = section.Name });
            }
        }
        return variables;
    }

    /// <summary>Sets variables, all or none.</summary>
    /// <exception cref="BpfException">A name is unknown or a value does not fit.</exception>
    public void SetVariables(IReadOnlyDictionary<string, object> values)
    {
        if (values.Count == 0)
        {
            return;
        }
        var known = Variables();
        var encoded = new List<(BpfVariable, byte[])>();
        foreach (var (name, value) in values)
        {
            var variable = known.FirstOrDefault(v => v.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"'{System.IO.Path.GetFileName(Path)}' has no variable '{VisibleText.Escape(name)}'.",
                    known.Count == 0 ? "It has no variables that can be set."
                        : $"Its variables are: {string.Join(", ", known.Select(v => v.Name))}.");
            encoded.Add((variable, variable.Encode(value)));
        }
        foreach (var (variable, bytes) in encoded)
        {
            bytes.CopyTo(SettingsData(variable.Section)[(int)variable.Offset..]);
        }
    }

    /// <summary>Sets the sizes (max_entries) of maps, all or none.</summary>
    /// <exception cref="BpfException">A name is unknown, or the map's size cannot be set.</exception>
    public void SetMapSizes(IReadOnlyDictionary<string, uint> sizes)
    {
        if (sizes.Count == 0)
        {
            return;
        }
        // A damaged object can have two maps of one name.
        var maps = Maps().Where(map => !LibBpf.bpf_map__is_internal(map)).Select(map => (Name: Text(LibBpf.bpf_map__name(map)), Map: map))
            .DistinctBy(map => map.Name).ToDictionary(map => map.Name, map => map.Map);
        foreach (var name in sizes.Keys.Where(name => !maps.ContainsKey(name)))
        {
            var near = NearNames.Of(name, maps.Keys, 5);
            throw new BpfException(BpfErrorKind.NotFound,
                $"'{System.IO.Path.GetFileName(Path)}' has no map '{VisibleText.Escape(name)}'.",
                maps.Count == 0 ? "It has no maps." : $"Its maps are: {string.Join(", ", near.Count > 0 ? near : [.. maps.Keys])}.");
        }
        foreach (var (name, size) in sizes)
        {
            Errors.ThrowIfNegative(LibBpf.bpf_map__set_max_entries(maps[name], size),
                $"Setting the size of map '{VisibleText.Escape(name)}'");
        }
    }

    /// <summary>Sets the size of all ring buffers, in bytes: a power of two, of whole pages.</summary>
    public void SetRingSizes(uint bytes)
    {
        foreach (var map in Maps().Where(map => TypeNames.Map((uint)LibBpf.bpf_map__type(map)) == "ringbuf"))
        {
            Errors.ThrowIfNegative(LibBpf.bpf_map__set_max_entries(map, bytes),
                $"Setting the size of ring buffer '{VisibleText.Escape(Text(LibBpf.bpf_map__name(map)))}'");
        }
    }

    /// <summary>
    /// Gives the maps of stacks whose values have no size the deepest stacks that the kernel takes. Many tools leave the depth to an
    /// option of their own user program.
    /// </summary>
    public void CompleteStackMaps()
    {
        foreach (var map in Maps().Where(map => TypeNames.Map((uint)LibBpf.bpf_map__type(map)) == "stack_trace"
            && LibBpf.bpf_map__value_size(map) == 0))
        {
            Errors.ThrowIfNegative(LibBpf.bpf_map__set_value_size(map, StackDepth.Greatest() * sizeof(ulong)),
                $"Setting the size of map '{VisibleText.Escape(Text(LibBpf.bpf_map__name(map)))}'");
        }
    }

    /// <summary>Whether a program that will be loaded writes to a perf buffer.</summary>
    public bool SendsPerfEvents() => Programs().Where(LibBpf.bpf_program__autoload)
        .Any(program => Code(program).ContainsAny(s_outputs));

    private static ReadOnlySpan<ulong> Code(nint program) =>
        new(ProbeCalls.bpf_program__insns(program), (int)ProbeCalls.bpf_program__insn_cnt(program));

    /// <summary>
    /// Takes the loaded maps of variables out of the memory of this process: libbpf 1.5 and later map them while the object lives, and
    /// the kernel freezes no map that is mapped for writing. BpfPS reads and writes variables through the maps.
    /// </summary>
    public void UnmapVariables()
    {
        foreach (var map in Maps().Where(LibBpf.bpf_map__is_internal))
        {
            // The constants are frozen, and so mapped for reading only.
            if (TypeNames.Map((uint)LibBpf.bpf_map__type(map)) != "array"
                || Text(LibBpf.bpf_map__name(map)).Contains(Settings, StringComparison.Ordinal))
            {
                continue;
            }
            var place = LibBpf.bpf_map__initial_value(map, out var size);
            if (place != 0 && place % Environment.SystemPageSize == 0)
            {
                // Empty memory takes its place: libbpf unmaps that when the object is closed, and it must not be somebody else's by then.
                _ = Libc.mmap(place, size, Libc.ProtectionRead, Libc.MapPrivate | Libc.MapAnonymous | Libc.MapFixed, -1, 0);
            }
        }
    }

    /// <summary>Keeps a descriptor open until the file is closed.</summary>
    public FileDescriptor Keep(FileDescriptor fd)
    {
        _kept.Add(fd);
        return fd;
    }

    public void Dispose()
    {
        Handle.Dispose();
        _kept.ForEach(fd => fd.Dispose());
    }

    private static ulong Call(uint helper) => 0x85 | (ulong)helper << 32;

    private static bool IsSettings(string section) =>
        section == Settings || section.StartsWith($"{Settings}.", StringComparison.Ordinal);

    /// <summary>What a section of constants will hold. libbpf names its map OBJECT.rodata, or .rodata.NAME.</summary>
    private Span<byte> SettingsData(string section)
    {
        foreach (var map in Maps())
        {
            if (LibBpf.bpf_map__is_internal(map) && Text(LibBpf.bpf_map__name(map)).EndsWith(section, StringComparison.Ordinal))
            {
                var data = LibBpf.bpf_map__initial_value(map, out var size);
                return new Span<byte>((void*)data, (int)size);
            }
        }
        return default;
    }

    /// <summary>
    /// Clears the key and value sizes of ring buffers, which the kernel rejects. libbpf sets them from a __type(value, ...) that only
    /// names the struct of the events. The struct is still found in the BTF.
    /// </summary>
    private void AllowTypedRingBuffers()
    {
        foreach (var map in Maps())
        {
            if (TypeNames.Map((uint)LibBpf.bpf_map__type(map)) is "ringbuf" or "user_ringbuf")
            {
                _ = LibBpf.bpf_map__set_key_size(map, 0);
                _ = LibBpf.bpf_map__set_value_size(map, 0);
            }
        }
    }

    private static IEnumerable<nint> All(Func<nint, nint> next)
    {
        for (var thing = next(0); thing != 0; thing = next(thing))
        {
            yield return thing;
        }
    }

    /// <summary>Reads the file once, so that libbpf gets the same bytes that were checked, even if the file changes.</summary>
    private static byte[] ReadImage(string path)
    {
        var image = RegularFile.ReadAll(path, LargestFile, BpfRemedy.To(BpfAdvice.ListTools));
        if (image.Length >= 4 && ElfImage.IsElf(image.AsSpan(0, 4)))
        {
            return image;
        }
        throw new BpfException(BpfErrorKind.InvalidData, $"'{VisibleText.Escape(path)}' is not an ELF file.",
            "Specify a BPF object (.bpf.o) compiled with 'clang -g -O2 -target bpf', or its source (.bpf.c).");
    }

    /// <summary>
    /// A section with the offsets from libbpf, which keeps it as a struct btf_type followed by a struct btf_var_secinfo for each
    /// variable.
    /// </summary>
    private static BtfDataSection Placed(nint btf, BtfDataSection section)
    {
        const int infoAt = 4, sizeAt = 8, variablesAt = 12, variableSize = 12;
        const uint countMask = 0xffff;
        var type = (byte*)LibBpf.btf__type_by_id(btf, section.Id);
        if (type == null || (*(uint*)(type + infoAt) & countMask) != section.Variables.Count)
        {
            throw new BtfFormatException($"libbpf reads section {section.Name} in another way");
        }
        var variables = new BtfSectionVariable[section.Variables.Count];
        for (var i = 0; i < variables.Length; i++)
        {
            var variable = (uint*)(type + variablesAt + i * variableSize);
            variables[i] = new BtfSectionVariable(variable[0], variable[1], variable[2]);
        }
        return section with { Size = *(uint*)(type + sizeAt), Variables = variables };
    }

    /// <summary>The source lines of the instructions; empty if the file does not have them.</summary>
    public BtfLineInfo ReadLineInfo() =>
        BtfHandle.ReadFile(Path) is ({ } types, { } extension) ? BtfLineInfo.Parse(types, extension) : BtfLineInfo.Parse([], []);

    private static BtfTypes ReadTypes(string path, byte[] image, out DebugInformation debug)
    {
        try
        {
            // Report damaged BTF with a clear error before libbpf reports it with a short one.
            var file = ElfImage.TryRead(image) ?? throw new InvalidDataException("it is not a 64-bit file");
            ObjectLayout.Check(file);
            debug = new DebugInformation(file);
            var section = file.Sections.FirstOrDefault(section => section.Name == ".BTF");
            return section is not null ? BtfTypes.Parse(file.Bytes(section)) : BtfTypes.None;
        }
        catch (BtfFormatException e)
        {
            throw new BpfException(BpfErrorKind.InvalidData, $"'{VisibleText.Escape(path)}': {e.Message}",
                "Copy or compile the file again.", inner: e);
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException)
        {
            throw new BpfException(BpfErrorKind.InvalidData,
                $"Cannot read '{VisibleText.Escape(path)}' as an object file: {e.Message}. The file is damaged or incomplete.",
                "Copy or compile the file again.", inner: e);
        }
    }
}
