namespace BpfPS.Btf;

/// <summary>The types of one BTF blob: a kernel's, an object file's or a loaded program's.</summary>
public sealed class BtfTypes
{
    // Real C is never nested deeper than this; damaged BTF can refer to itself.
    private const int MaximumDepth = 64;

    private readonly List<BtfType> _types;
    private readonly ILookup<uint, BtfDeclarationTag> _tags;

    private BtfTypes(List<BtfType> types)
    {
        _types = types;
        _tags = types.OfType<BtfDeclarationTag>().ToLookup(tag => tag.Target);
    }

    /// <summary>The types of what has no BTF: only void.</summary>
    public static BtfTypes None { get; } = new([new BtfVoid()]);

    /// <summary>Whether there are types at all.</summary>
    public bool IsEmpty => _types.Count <= 1;

    /// <summary>Reads a BTF blob.</summary>
    /// <param name="data">The whole blob, in either byte order.</param>
    /// <exception cref="BtfFormatException">The bytes are not well-formed BTF.</exception>
    public static BtfTypes Parse(ReadOnlySpan<byte> data) => new(BtfParser.Parse(data));

    /// <summary>Types that were made one by one; each has its place in the list as its number, and refers to others in it.</summary>
    /// <param name="types">The types, void first.</param>
    internal static BtfTypes Of(IEnumerable<BtfType> types) => new([.. types]);

    /// <summary>
    /// The same types with the data sections as they are known by now: libbpf places their variables when it opens an object.
    /// </summary>
    /// <param name="placed">A section with the places of its variables.</param>
    public BtfTypes WithSections(Func<BtfDataSection, BtfDataSection> placed) =>
        new([.. _types.Select(type => type is BtfDataSection section ? placed(section) : type)]);

    /// <summary>The number of types, including void.</summary>
    public int Count => _types.Count;

    /// <summary>All types, ordered by number.</summary>
    public IReadOnlyList<BtfType> All => _types;

    /// <summary>The type with this number.</summary>
    /// <param name="id">The number; 0 is void.</param>
    public BtfType this[uint id] =>
        id < _types.Count ? _types[(int)id] : throw new BtfFormatException($"type {id} does not exist");

    /// <summary>The first type of this class and name, or null.</summary>
    /// <param name="name">Its name in C, without "struct".</param>
    public T? Find<T>(string name) where T : BtfType =>
        _types.OfType<T>().FirstOrDefault(type => type.Name == name);

    /// <summary>The data section with this name, or null.</summary>
    /// <param name="name">The ELF section's name, such as ".maps".</param>
    public BtfDataSection? Section(string name) => Find<BtfDataSection>(name);

    /// <summary>The variables of a data section with their places; empty if there is no such section.</summary>
    /// <param name="section">The ELF section's name.</param>
    public IEnumerable<(BtfVariable Variable, BtfSectionVariable Place)> Variables(string section) =>
        from place in Section(section)?.Variables ?? []
        let variable = this[place.Variable] as BtfVariable
        where variable is not null
        select (variable, place);

    /// <summary>The texts of the declaration tags on a type as a whole.</summary>
    /// <param name="id">The number of the type or variable.</param>
    public IEnumerable<string> Tags(uint id) => _tags[id].Where(tag => tag.Component < 0).Select(tag => tag.Text);

    /// <summary>The type behind const, volatile, restrict and type tags.</summary>
    /// <param name="id">The number of the type.</param>
    public BtfType SkipModifiers(uint id) =>
        Skip(id, kind => kind is BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag);

    /// <summary>The type behind const, volatile, restrict, type tags and typedefs.</summary>
    /// <param name="id">The number of the type.</param>
    public BtfType Resolve(uint id) =>
        Skip(id, kind => kind is BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.Typedef);

    /// <summary>A type's size in bytes; 0 for void, functions and flexible arrays.</summary>
    /// <param name="id">The number of the type.</param>
    /// <exception cref="BtfFormatException">An array is larger than any object can be, or a type contains itself.</exception>
    public uint SizeOf(uint id)
    {
        ulong count = 1;
        for (var depth = 0; depth < MaximumDepth; depth++)
        {
            var type = Resolve(id);
            if (type is BtfArray array)
            {
                count *= array.Count;
                if (count > int.MaxValue)
                {
                    throw new BtfFormatException($"array type {array.Id} is too large");
                }
                id = array.Element;
                continue;
            }
            var size = count * type switch
            {
                BtfInt value => value.Size,
                BtfFloat value => value.Size,
                BtfEnum value => value.Size,
                BtfComposite value => value.Size,
                BtfReference { Kind: BtfKind.Pointer } => 8,
                _ => 0,
            };
            return size <= int.MaxValue ? (uint)size : throw new BtfFormatException($"type {id} is too large");
        }
        throw new BtfFormatException($"type {id} is nested too deeply");
    }

    /// <summary>A type as it is written in C, for people to read: "struct foo", "__u32", "char[16]".</summary>
    /// <param name="id">The number of the type.</param>
    public string Describe(uint id) => Describe(id, 0);

    private string Describe(uint id, int depth)
    {
        if (depth > MaximumDepth)
        {
            return "...";
        }
        var type = this[id];
        return type switch
        {
            BtfComposite composite => $"{(composite.Kind == BtfKind.Union ? "union" : "struct")} {NameOr(composite.Name)}",
            BtfEnum value => $"enum {NameOr(value.Name)}",
            BtfForward forward => $"{(forward.IsUnion ? "union" : "struct")} {forward.Name}",
            BtfArray array => $"{Describe(array.Element, depth + 1)}[{(array.Count == 0 ? "" : array.Count)}]",
            BtfReference { Kind: BtfKind.Pointer } pointer => $"{Describe(pointer.Target, depth + 1)} *",
            BtfReference { Kind: BtfKind.Typedef } typedef => typedef.Name,
            BtfReference { Kind: BtfKind.Const } modifier => $"const {Describe(modifier.Target, depth + 1)}",
            BtfReference { Kind: BtfKind.Volatile } modifier => $"volatile {Describe(modifier.Target, depth + 1)}",
            BtfReference modifier => Describe(modifier.Target, depth + 1),
            BtfFunctionPrototype => "function",
            _ => NameOr(type.Name),
        };

        static string NameOr(string name) => name.Length == 0 ? "(anonymous)" : name;
    }

    private BtfType Skip(uint id, Func<BtfKind, bool> wanted)
    {
        for (var depth = 0; depth < MaximumDepth; depth++)
        {
            var type = this[id];
            if (type is not BtfReference reference || !wanted(type.Kind))
            {
                return type;
            }
            id = reference.Target;
        }
        throw new BtfFormatException($"type {id} refers to itself");
    }
}
