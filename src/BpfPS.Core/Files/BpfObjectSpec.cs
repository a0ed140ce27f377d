using BpfPS.Btf;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// The content of an object file: programs, maps and variables. Nothing is loaded; a started object is a <see cref="BpfObject"/>.
/// </summary>
public sealed class BpfObjectSpec
{
    private BpfObjectSpec(string name, ObjectFile file)
    {
        Name = name;
        Path = file.Path;
        Types = file.Types;
        Variables = file.Variables();
        // Use arrays, because PowerShell cannot index the list that a collection expression creates.
        Programs = file.Programs().Select(Describe).ToArray();
        Maps = file.Maps().Select(map => Describe(map, file.Types)).ToArray();
    }

    /// <summary>The file name without its extension.</summary>
    public string Name { get; }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its programs.</summary>
    public IReadOnlyList<BpfProgramSpec> Programs { get; }

    /// <summary>Its maps, including those for its global variables.</summary>
    public IReadOnlyList<BpfMapSpec> Maps { get; }

    /// <summary>Its variables, with their defaults.</summary>
    public IReadOnlyList<BpfVariable> Variables { get; }

    internal BtfTypes Types { get; }

    /// <summary>Reads an object file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BpfException">The file is missing, is not a BPF object, or is damaged.</exception>
    public static BpfObjectSpec Read(string path)
    {
        var name = ObjectFile.NameOf(path);
        using var file = ObjectFile.Open(path, name, logger: null);
        return new BpfObjectSpec(name, file);
    }

    /// <summary>The name.</summary>
    public override string ToString() => VisibleText.Escape(Name);

    private static BpfProgramSpec Describe(nint program) => new(
        ObjectFile.Text(LibBpf.bpf_program__name(program)),
        TypeNames.Program((uint)LibBpf.bpf_program__type(program)),
        ObjectFile.Text(LibBpf.bpf_program__section_name(program)));

    private static BpfMapSpec Describe(nint map, BtfTypes types)
    {
        var (key, value) = (LibBpf.bpf_map__btf_key_type_id(map), LibBpf.bpf_map__btf_value_type_id(map));
        var name = ObjectFile.Text(LibBpf.bpf_map__name(map));
        return new BpfMapSpec(name, TypeNames.Map((uint)LibBpf.bpf_map__type(map)))
        {
            KeyType = key == 0 ? null : types.Describe(key),
            ValueType = value == 0 ? null : types.Describe(value),
            KeySize = LibBpf.bpf_map__key_size(map),
            ValueSize = LibBpf.bpf_map__value_size(map),
            MaxEntries = LibBpf.bpf_map__max_entries(map),
            Flags = LibBpf.bpf_map__map_flags(map),
            IsInternal = InternalMaps.Contains(types, name),
        };
    }
}
