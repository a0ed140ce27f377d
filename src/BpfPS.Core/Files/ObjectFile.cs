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
    private const string Settings = ".rodata";

    private readonly List<FileDescriptor> _kept = [];

    private ObjectFile(string path, BpfObjectHandle handle, BtfTypes types)
    {
        Path = path;
        Handle = handle;
        Types = types;
    }

    public string Path { get; }

    public BpfObjectHandle Handle { get; }

    public BtfTypes Types { get; }

    /// <summary>Opens an object file. This loads nothing and needs no privileges.</summary>
    /// <exception cref="BpfException">The file is missing, is not a BPF object, is damaged, or has no BTF.</exception>
    public static ObjectFile Open(string path, string name, ILogger? logger)
    {
        LibBpfLibrary.Require();
        if (!File.Exists(path))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"The file '{VisibleText.Escape(path)}' does not exist.",
                BpfRemedy.To(BpfAdvice.ListTools), (int)BpfErrno.ENOENT);
        }
        RequireElf(path);
        using var messages = LibBpfMessages.To(logger);
        var types = ReadTypes(path);
        var objectName = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            var options = new BpfObjectOpenOptions { Size = (nuint)sizeof(BpfObjectOpenOptions), ObjectName = objectName };
            var pointer = LibBpf.bpf_object__open_file(path, &options);
            if (pointer == 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                throw new BpfException(BpfErrorKind.InvalidData,
                    $"libbpf cannot open '{VisibleText.Escape(path)}' as a BPF object: {ErrnoText.Describe(errno)}.",
                    "Compile it with 'clang -g -O2 -target bpf'. Use -Verbose to see libbpf's messages.", errno);
            }
            var handle = new BpfObjectHandle(pointer);
            // libbpf fills in the offsets of variables when it opens the file; the BTF in the file does not have them.
            var file = new ObjectFile(path, handle,
                BtfTypes.Parse(BtfHandle.Copy(LibBpf.bpf_object__btf(handle)) is { Length: > 0 } placed ? placed : types));
            file.AllowTypedRingBuffers();
            return file;
        }
        finally
        {
            Marshal.FreeCoTaskMem(objectName);
        }
    }

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

    public IEnumerable<nint> Programs()
    {
        for (var program = LibBpf.bpf_object__next_program(Handle, 0); program != 0;
            program = LibBpf.bpf_object__next_program(Handle, program))
        {
            yield return program;
        }
    }

    public IEnumerable<nint> Maps()
    {
        for (var map = LibBpf.bpf_object__next_map(Handle, 0); map != 0; map = LibBpf.bpf_object__next_map(Handle, map))
        {
            yield return map;
        }
    }

    public static string Text(nint utf8) => Marshal.PtrToStringUTF8(utf8) ?? "";

    /// <summary>The const globals that can be set before loading, with their current values.</summary>
    public IReadOnlyList<BpfVariable> Variables()
    {
        var data = SettingsData();
        var variables = new List<BpfVariable>();
        foreach (var (variable, place) in Types.Variables(Settings))
        {
            // Static constants, such as format strings and tables, are internal to the program.
            if (variable.Linkage != 1 || place.Offset + (ulong)place.Size > (ulong)data.Length)
            {
                continue;
            }
            var value = ValueDecoder.Decode(Types, variable.Type, data.Slice((int)place.Offset, (int)place.Size));
            variables.Add(new BpfVariable(Types, variable, place, value));
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
        var data = SettingsData();
        foreach (var (variable, bytes) in encoded)
        {
            bytes.CopyTo(data[(int)variable.Offset..]);
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

    private Span<byte> SettingsData()
    {
        foreach (var map in Maps())
        {
            if (LibBpf.bpf_map__is_internal(map) && Text(LibBpf.bpf_map__name(map)).EndsWith(Settings, StringComparison.Ordinal))
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

    private static void RequireElf(string path)
    {
        Span<byte> head = stackalloc byte[4];
        int read;
        try
        {
            using var stream = File.OpenRead(path);
            read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(BpfErrorKind.NotFound, $"Cannot read '{VisibleText.Escape(path)}': {e.Message}", inner: e);
        }
        if (read < 4 || !head.SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F']))
        {
            throw new BpfException(BpfErrorKind.InvalidData, $"'{VisibleText.Escape(path)}' is not an ELF file.",
                "Specify a BPF object (.bpf.o) compiled with 'clang -g -O2 -target bpf', or its source (.bpf.c).");
        }
    }

    /// <summary>The source lines of the instructions; empty if the file does not have them.</summary>
    public BtfLineInfo ReadLineInfo()
    {
        using var btf = new BtfHandle(LibBpf.btf__parse_with_extension(Path, out var extension));
        if (btf.IsInvalid || extension == 0)
        {
            return BtfLineInfo.Parse([], []);
        }
        try
        {
            var data = LibBpf.btf_ext__get_raw_data(extension, out var size);
            return BtfLineInfo.Parse(btf.ToArray(), data == 0 ? [] : new ReadOnlySpan<byte>((void*)data, (int)size).ToArray());
        }
        finally
        {
            LibBpf.btf_ext__free(extension);
        }
    }

    private static byte[] ReadTypes(string path)
    {
        using var btf = new BtfHandle(LibBpf.btf__parse(path, 0));
        if (!btf.IsInvalid)
        {
            var bytes = btf.ToArray();
            BtfTypes.Parse(bytes); // Report damaged BTF with a clear error before libbpf reports it with a short one.
            return bytes;
        }
        var errno = Marshal.GetLastPInvokeError();
        throw (BpfErrno)errno is BpfErrno.ENODATA or BpfErrno.ENOENT
            ? new BpfException(BpfErrorKind.InvalidData, $"'{VisibleText.Escape(path)}' has no BTF type information.",
                "Compile it with 'clang -g' (BTF comes with debug information), and do not strip the .BTF section.", errno)
            : new BpfException(BpfErrorKind.InvalidData,
                $"Cannot read the BTF type information of '{VisibleText.Escape(path)}': {ErrnoText.Describe(errno)}. "
                    + "The file is damaged or incomplete.",
                "Copy or compile the file again.", errno);
    }
}
