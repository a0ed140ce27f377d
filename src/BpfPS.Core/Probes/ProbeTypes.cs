using BpfPS.Btf;

namespace BpfPS.Probes;

/// <summary>
/// The types of a kernel by name, from one walk over more than a hundred thousand of them, which is made when a name is asked for.
/// </summary>
/// <param name="types">Reads the types. Without any, only the names of C and those that every kernel has are known.</param>
internal sealed class ProbeTypes(Func<BtfTypes> types)
{
    private readonly Lazy<Index> _index = new(() => new(types()));

    /// <summary>The types themselves.</summary>
    public BtfTypes All => _index.Value.Types;

    /// <summary>The value of an enum's constant; null if there is none with this name.</summary>
    public long? Constant(string name) => _index.Value.Constants.TryGetValue(name, out var value) ? value : null;

    /// <summary>A typedef; null if there is none with this name.</summary>
    public BtfReference? Typedef(string name) => _index.Value.Typedefs.GetValueOrDefault(name);

    /// <summary>An enum; null if there is none with this name.</summary>
    public BtfEnum? Enum(string name) => _index.Value.Enums.GetValueOrDefault(name);

    /// <summary>A struct or union; null if there is none with this name, or it is only declared.</summary>
    public BtfComposite? Struct(string name) => _index.Value.Structs.GetValueOrDefault(name);

    /// <summary>A function; null if there is none with this name.</summary>
    public BtfReference? Function(string name) => _index.Value.Functions.GetValueOrDefault(name);

    /// <summary>All functions by name.</summary>
    public IReadOnlyDictionary<string, BtfReference> Functions => _index.Value.Functions;

    /// <summary>All typedefs by name.</summary>
    public IReadOnlyDictionary<string, BtfReference> Typedefs => _index.Value.Typedefs;

    private sealed class Index
    {
        public Index(BtfTypes types)
        {
            Types = types;
            foreach (var type in types.All)
            {
                switch (type)
                {
                    case BtfReference { Kind: BtfKind.Function } function: Functions.TryAdd(function.Name, function); break;
                    case BtfReference { Kind: BtfKind.Typedef } typedef: Typedefs.TryAdd(typedef.Name, typedef); break;
                    case BtfComposite { Name.Length: > 0 } composite: Structs.TryAdd(composite.Name, composite); break;
                    case BtfEnum values: Add(values); break;
                }
            }
        }

        public BtfTypes Types { get; }

        public Dictionary<string, BtfReference> Functions { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, BtfReference> Typedefs { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, BtfComposite> Structs { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, BtfEnum> Enums { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, long> Constants { get; } = new(StringComparer.Ordinal);

        private void Add(BtfEnum values)
        {
            if (values.Name.Length > 0)
            {
                Enums.TryAdd(values.Name, values);
            }
            foreach (var (name, value) in values.Values)
            {
                Constants.TryAdd(name, value);
            }
        }
    }
}
