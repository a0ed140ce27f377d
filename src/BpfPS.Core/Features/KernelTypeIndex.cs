using BpfPS.Btf;

namespace BpfPS.Features;

/// <summary>The kernel's types by name, from a single walk over more than a hundred thousand types.</summary>
internal sealed class KernelTypeIndex
{
    private const string KernelFunctionTag = "bpf_kfunc";

    private readonly Dictionary<string, uint> _functions = [];
    private readonly Dictionary<string, uint> _typedefs = [];
    private readonly Dictionary<string, BtfComposite> _structs = [];
    private readonly Dictionary<string, BtfEnum> _enums = [];
    private readonly SortedSet<string> _kernelFunctions = new(StringComparer.Ordinal);

    public KernelTypeIndex(BtfTypes types)
    {
        Types = types;
        foreach (var type in types.All)
        {
            switch (type)
            {
                case BtfReference { Kind: BtfKind.Function } function: _functions.TryAdd(function.Name, function.Id); break;
                case BtfReference { Kind: BtfKind.Typedef } typedef: _typedefs.TryAdd(typedef.Name, typedef.Id); break;
                case BtfComposite { Name.Length: > 0 } composite: _structs.TryAdd(composite.Name, composite); break;
                case BtfEnum { Name.Length: > 0 } numbers: _enums.TryAdd(numbers.Name, numbers); break;
                case BtfDeclarationTag { Text: KernelFunctionTag, Component: < 0 } tag: _kernelFunctions.Add(types[tag.Target].Name); break;
            }
        }
    }

    public BtfTypes Types { get; }

    public IReadOnlyDictionary<string, uint> Functions => _functions;

    public IReadOnlyDictionary<string, uint> Typedefs => _typedefs;

    /// <summary>Structs and unions.</summary>
    public IReadOnlyDictionary<string, BtfComposite> Structs => _structs;

    /// <summary>The functions that BTF marks as callable from programs; empty on kernels before 6.9, which mark none.</summary>
    public IReadOnlyCollection<string> KernelFunctions => _kernelFunctions;

    /// <summary>The enumerators of a kernel enum, as written; empty if the kernel does not have the enum.</summary>
    public IEnumerable<string> Enumerators(string name) =>
        _enums.TryGetValue(name, out var numbers) ? numbers.Values.Select(value => value.Key) : [];

    /// <summary>
    /// The names and numbers of a kernel enum, in lower case and without their common prefix; empty if the kernel does not have the
    /// enum.
    /// </summary>
    public IEnumerable<(uint Number, string Name)> Numbers(string name, string prefix) => _enums.TryGetValue(name, out var numbers)
        ? numbers.Values.Where(value => value.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(value => ((uint)value.Value, value.Key[prefix.Length..].ToLowerInvariant()))
        : [];
}
