using System.Text;
using BpfPS.Btf;

namespace BpfPS.Generation;

/// <summary>
/// An object file in memory, as clang would write it: programs, functions that programs call, variables and maps. libbpf links it with
/// another object.
/// </summary>
internal sealed class GeneratedObject
{
    private const string Functions = ".text", Zeroed = ".bss", Maps = ".maps";

    private readonly string _dataSection;
    private readonly List<byte> _data = [];
    private readonly Dictionary<string, uint> _numbers = [];
    private readonly HashSet<string> _externals = [];
    private readonly Dictionary<string, List<(uint Variable, uint Offset, uint Size)>> _variables = [];
    private readonly Dictionary<string, uint> _sizes = [];
    private readonly List<(string Section, string Name, uint Type, Assembler Code, string Source)> _functions = [];
    private readonly List<(string Name, byte Kind, string? Section, uint Offset, uint Size)> _symbols = [];

    private int _tables;

    /// <summary>Begins one that is empty.</summary>
    /// <param name="dataSection">The ELF section of its variables with values: .data.NAME.</param>
    public GeneratedObject(string dataSection) => _dataSection = dataSection;

    /// <summary>Its types, to which those of functions, variables and maps are added.</summary>
    public BtfWriter Btf { get; } = new();

    /// <summary>The number of an integer type, which is added once.</summary>
    /// <param name="name">Its name in C.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="isSigned">Whether it is signed.</param>
    public uint Number(string name, uint size, bool isSigned) =>
        _numbers.TryGetValue(name, out var known) ? known : _numbers[name] = Btf.Int(name, size, isSigned);

    /// <summary>A number that no other table of its functions has.</summary>
    public int NextTable() => ++_tables;

    /// <summary>The sections of the programs that were added, with the number of instructions of each.</summary>
    public IReadOnlyList<(string Section, int Instructions)> Programs =>
        [.. _functions.Where(function => function.Section != Functions).Select(function => (function.Section, function.Code.Count))];

    /// <summary>Adds a variable.</summary>
    /// <param name="name">Its name, which no other object may have.</param>
    /// <param name="type">The number of its type.</param>
    /// <param name="value">Its value at the start.</param>
    public void AddVariable(string name, uint type, ReadOnlySpan<byte> value)
    {
        Place(_dataSection, name, type, (uint)value.Length, align: 1);
        _data.AddRange(value);
    }

    /// <summary>Adds a variable that is zero at the start.</summary>
    /// <param name="name">Its name, which no other object may have.</param>
    /// <param name="type">The number of its type.</param>
    /// <param name="size">Its size in bytes.</param>
    public void AddZeroedVariable(string name, uint type, uint size) => Place(Zeroed, name, type, size, align: 8);

    /// <summary>Adds a map.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The kind of map, with its number (enum bpf_map_type).</param>
    /// <param name="entries">The largest number of entries; of a ring buffer its size in bytes.</param>
    /// <param name="key">The number of its keys' type; 0 if it has none.</param>
    /// <param name="value">The number of its values' type; 0 if it has none.</param>
    /// <param name="tags">Texts that are attached to it.</param>
    public void AddMap(string name, uint type, uint entries, uint key = 0, uint value = 0, params string[] tags)
    {
        const uint pointer = 8;
        var members = new List<BtfMember> { Number("type", type), Number("max_entries", entries) };
        if (key != 0)
        {
            members.Add(new BtfMember("key", Btf.Pointer(key), 0, 0));
        }
        if (value != 0)
        {
            members.Add(new BtfMember("value", Btf.Pointer(value), 0, 0));
        }
        var size = pointer * (uint)members.Count;
        var definition = Btf.Composite(BtfKind.Struct, "", size,
            [.. members.Select((member, i) => member with { BitOffset = (uint)i * pointer * 8 })]);
        var variable = Place(Maps, name, definition, size, align: 8);
        foreach (var tag in tags)
        {
            Btf.DeclarationTag(tag, variable);
        }

        // libbpf takes numbers as the length of the array that a member points to.
        BtfMember Number(string member, uint number)
        {
            var word = this.Number("int", sizeof(int), isSigned: true);
            return new(member, Btf.Pointer(Btf.Array(word, word, number)), 0, 0);
        }
    }

    /// <summary>Adds a function, which other objects can call, but no loader of programs sees (STV_HIDDEN).</summary>
    /// <param name="name">Its name.</param>
    /// <param name="prototype">The number of its type.</param>
    /// <param name="code">Its instructions.</param>
    /// <param name="source">The text that it was made of; tools show it beside the instructions.</param>
    public void AddFunction(string name, uint prototype, Assembler code, string source) =>
        _functions.Add((Functions, name, Btf.Function(name, prototype), code, source));

    /// <summary>Adds a program.</summary>
    /// <param name="section">The ELF section, which says where it is attached: tracepoint/sched/sched_switch.</param>
    /// <param name="name">Its name.</param>
    /// <param name="prototype">The number of its type.</param>
    /// <param name="code">Its instructions.</param>
    /// <param name="source">The text that it was made of; tools show it beside the instructions.</param>
    public void AddProgram(string section, string name, uint prototype, Assembler code, string source) =>
        _functions.Add((section, name, Btf.Function(name, prototype), code, source));

    /// <summary>Adds a function of the object that this one is linked with, for its code to call: __s64 NAME(void *, ...).</summary>
    /// <param name="name">Its name.</param>
    /// <param name="parameters">The names of its parameters, which are pointers.</param>
    public void RequireExternal(string name, IReadOnlyList<string> parameters)
    {
        const byte global = 0x10; // of no type, as clang has it
        if (!_externals.Add(name))
        {
            return;
        }
        var prototype = Btf.FunctionPrototype(Number("long long", sizeof(long), isSigned: true),
            [.. parameters.Select(parameter => (parameter, Btf.Pointer()))]);
        _ = Btf.Function(name, prototype, isExternal: true);
        _symbols.Add((name, global, null, 0, 0));
    }

    /// <summary>The file.</summary>
    public byte[] ToArray()
    {
        const uint progBits = 1, symbolTable = 2, stringTable = 3, noBits = 8, relocation = 9; // SHT_*
        const ulong infoLink = 0x40; // SHF_INFO_LINK, as clang has it: libbpf's linker wants the same flags in all objects
        const ulong allocated = 2, executable = 4, writable = 1; // SHF_*
        const byte globalFunction = 0x12;
        foreach (var (section, variables) in _variables)
        {
            _ = Btf.DataSection(section, _sizes[section], variables);
        }
        var sections = new List<ElfSectionContent> { new("", 0, 0, [], 0) };
        var code = _functions.GroupBy(function => function.Section).Select(group => (Section: group.Key, Functions: group.ToArray()))
            .ToArray();
        var placed = new List<(string Section, uint Start, uint Type, Assembler Code, string Source)>();
        foreach (var (name, functions) in code)
        {
            using var bytes = new MemoryStream();
            foreach (var function in functions)
            {
                var start = (uint)bytes.Length;
                placed.Add((name, start, function.Type, function.Code, function.Source));
                _symbols.Add((function.Name, globalFunction, name, start, (uint)function.Code.Count * sizeof(ulong)));
                bytes.Write(function.Code.ToArray());
            }
            sections.Add(new(name, progBits, allocated | executable, bytes.ToArray(), 8));
        }
        foreach (var name in _variables.Keys)
        {
            var content = name == _dataSection ? _data.ToArray() : name == Zeroed ? [] : new byte[_sizes[name]];
            sections.Add(new(name, name == Zeroed ? noBits : progBits, allocated | writable, content, 8)
            {
                Size = _sizes[name],
            });
        }
        var numbers = sections.Select((section, i) => (section.Name, Number: (uint)i)).ToDictionary(one => one.Name, one => one.Number);
        var (symbols, strings) = ((uint)(sections.Count + code.Length + 2), (uint)(sections.Count + code.Length + 3));
        var names = new StringTable();
        var symbolNumbers = new Dictionary<string, uint>();
        var symbolBytes = SymbolTable(names, numbers, symbolNumbers);
        foreach (var (name, _) in code)
        {
            sections.Add(new($".rel{name}", relocation, infoLink,
                RelocationTable(placed.Where(one => one.Section == name).Select(one => (one.Start, one.Code)), symbolNumbers), 8)
            {
                Link = symbols, Info = numbers[name], EntrySize = 16,
            });
        }
        var extension = Extension(placed); // it adds to the strings of the types
        sections.Add(new(".BTF", progBits, 0, Btf.ToArray(), 4));
        sections.Add(new(".BTF.ext", progBits, 0, extension, 4));
        sections.Add(new(".symtab", symbolTable, 0, symbolBytes, 8) { Link = strings, Info = 1, EntrySize = 24 });
        sections.Add(new(".strtab", stringTable, 0, [], 1));
        return Write(sections, names);
    }

    private uint Place(string section, string name, uint type, uint size, uint align)
    {
        const byte globalObject = 0x11;
        if (!_variables.TryGetValue(section, out var variables))
        {
            _variables[section] = variables = [];
            _sizes[section] = 0;
        }
        var offset = (_sizes[section] + align - 1) / align * align;
        var variable = Btf.Variable(name, type);
        variables.Add((variable, offset, size));
        _sizes[section] = offset + size;
        _symbols.Add((name, globalObject, section, offset, size));
        return variable;
    }

    private static byte[] Write(List<ElfSectionContent> sections, StringTable names)
    {
        const uint noBits = 8;
        var nameOffsets = sections.Select(section => names.Add(section.Name)).ToArray();
        sections[^1] = sections[^1] with { Content = names.ToArray() };
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        file.SetLength(64); // the header comes last, when it is known where the sections are
        file.Position = file.Length;
        var offsets = new ulong[sections.Count];
        for (var i = 1; i < sections.Count; i++)
        {
            Align(writer, 8);
            offsets[i] = (ulong)file.Position;
            writer.Write(sections[i].Content);
        }
        Align(writer, 8);
        var headers = (ulong)file.Position;
        for (var i = 0; i < sections.Count; i++)
        {
            var section = sections[i];
            writer.Write(nameOffsets[i]);
            writer.Write(section.Type);
            writer.Write(section.Flags);
            writer.Write(0UL); // address
            writer.Write(offsets[i]);
            writer.Write(section.Type == noBits ? section.Size : (ulong)section.Content.Length);
            writer.Write(section.Link);
            writer.Write(section.Info);
            writer.Write(section.Align);
            writer.Write(section.EntrySize);
        }
        file.Position = 0;
        WriteHeader(writer, headers, sections.Count);
        return file.ToArray();
    }

    private static void WriteHeader(BinaryWriter writer, ulong sections, int count)
    {
        const ushort relocatable = 1, bpf = 247; // ET_REL, EM_BPF
        writer.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        writer.Write(relocatable);
        writer.Write(bpf);
        writer.Write(1); // version
        writer.Write(0UL); // entry
        writer.Write(0UL); // program headers
        writer.Write(sections);
        writer.Write(0); // flags
        writer.Write((ushort)64);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write((ushort)64);
        writer.Write((ushort)count);
        writer.Write((ushort)(count - 1)); // the names are the last section
    }

    private byte[] SymbolTable(StringTable names, Dictionary<string, uint> sections, Dictionary<string, uint> numbers)
    {
        const byte hidden = 2;
        using var symbols = new MemoryStream();
        using var writer = new BinaryWriter(symbols);
        writer.Write(new byte[24]);
        foreach (var (name, kind, section, offset, size) in _symbols)
        {
            numbers[name] = (uint)numbers.Count + 1;
            writer.Write(names.Add(name));
            writer.Write(kind);
            writer.Write(section == Functions ? hidden : (byte)0);
            writer.Write((ushort)(section is null ? 0 : sections[section]));
            writer.Write((ulong)offset);
            writer.Write((ulong)size);
        }
        return symbols.ToArray();
    }

    private static byte[] RelocationTable(IEnumerable<(uint Start, Assembler Code)> functions, Dictionary<string, uint> symbols)
    {
        const uint wide = 1, call = 10; // R_BPF_64_64, R_BPF_64_32
        using var table = new MemoryStream();
        using var writer = new BinaryWriter(table);
        foreach (var (start, code) in functions)
        {
            foreach (var (at, symbol, isCall) in code.References)
            {
                writer.Write((ulong)(start + at * sizeof(ulong)));
                writer.Write((ulong)symbols[symbol] << 32 | (isCall ? call : wide));
            }
        }
        return table.ToArray();
    }

    /// <summary>
    /// .BTF.ext: the type of each function, and one line of source at its first instruction (btf.rst). A line that does not begin a
    /// function is not needed, and one without its function is refused.
    /// </summary>
    private byte[] Extension(List<(string Section, uint Start, uint Type, Assembler Code, string Source)> functions)
    {
        const ushort magic = 0xeb9f;
        const int headerSize = 24, functionSize = 8, lineSize = 16;
        using var types = new MemoryStream();
        using var lines = new MemoryStream();
        using var writeType = new BinaryWriter(types);
        using var writeLine = new BinaryWriter(lines);
        writeType.Write(functionSize);
        writeLine.Write(lineSize);
        foreach (var section in functions.GroupBy(function => function.Section))
        {
            var count = section.Count();
            writeType.Write(Btf.Text(section.Key));
            writeType.Write(count);
            writeLine.Write(Btf.Text(section.Key));
            writeLine.Write(count);
            foreach (var function in section)
            {
                writeType.Write(function.Start);
                writeType.Write(function.Type);
                writeLine.Write(function.Start);
                writeLine.Write(Btf.Text("filter"));
                writeLine.Write(Btf.Text(function.Source));
                writeLine.Write(1 << 10); // line 1
            }
        }
        using var all = new MemoryStream();
        using var writer = new BinaryWriter(all);
        writer.Write(magic);
        writer.Write((byte)1); // version
        writer.Write((byte)0); // flags
        writer.Write(headerSize);
        writer.Write(0);
        writer.Write((int)types.Length);
        writer.Write((int)types.Length);
        writer.Write((int)lines.Length);
        writer.Write(types.ToArray());
        writer.Write(lines.ToArray());
        return all.ToArray();
    }

    private static void Align(BinaryWriter writer, int to)
    {
        while (writer.BaseStream.Position % to != 0)
        {
            writer.Write((byte)0);
        }
    }

    /// <summary>A section as it is written.</summary>
    private sealed record ElfSectionContent(string Name, uint Type, ulong Flags, byte[] Content, ulong Align)
    {
        public ulong Size { get; init; }

        public uint Link { get; init; }

        public uint Info { get; init; }

        public ulong EntrySize { get; init; }
    }

    /// <summary>Names, each ended by a NUL.</summary>
    private sealed class StringTable
    {
        private readonly List<byte> _bytes = [0];

        public uint Add(string name)
        {
            if (name.Length == 0)
            {
                return 0;
            }
            var offset = (uint)_bytes.Count;
            _bytes.AddRange(Encoding.UTF8.GetBytes(name));
            _bytes.Add(0);
            return offset;
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
