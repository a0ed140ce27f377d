using System.Text;
using BpfPS.Btf;

namespace BpfPS.Generation;

/// <summary>
/// An object file in memory, as clang would write it: functions that programs call, and variables that they use. libbpf links it with
/// the object that has the programs.
/// </summary>
internal sealed class GeneratedObject
{
    private const uint Text = 1, Data = 2, Symbols = 6, Strings = 7; // the numbers of sections, in the order in which they are written
    private const string CodeSection = ".text";

    private readonly string _dataSection;
    private readonly List<byte> _data = [];
    private readonly List<(string Name, uint Variable, uint Offset, uint Size)> _variables = [];
    private readonly List<(string Name, uint Type, Assembler Code, string Source)> _functions = [];

    /// <summary>Begins one without functions or variables.</summary>
    /// <param name="dataSection">The ELF section of its variables: .data.NAME.</param>
    public GeneratedObject(string dataSection) => _dataSection = dataSection;

    /// <summary>Its types, to which those of functions and variables are added.</summary>
    public BtfWriter Btf { get; } = new();

    /// <summary>Adds a variable.</summary>
    /// <param name="name">Its name, which no other object may have.</param>
    /// <param name="type">The number of its type.</param>
    /// <param name="value">Its value at the start.</param>
    public void AddVariable(string name, uint type, ReadOnlySpan<byte> value)
    {
        _variables.Add((name, Btf.Variable(name, type), (uint)_data.Count, (uint)value.Length));
        _data.AddRange(value);
    }

    /// <summary>Adds a function, which other objects can call, but no loader of programs sees (STV_HIDDEN).</summary>
    /// <param name="name">Its name.</param>
    /// <param name="prototype">The number of its type.</param>
    /// <param name="code">Its instructions.</param>
    /// <param name="source">The text that it was made of; tools show it beside the instructions.</param>
    public void AddFunction(string name, uint prototype, Assembler code, string source) =>
        _functions.Add((name, Btf.Function(name, prototype), code, source));

    /// <summary>The file.</summary>
    public byte[] ToArray()
    {
        const uint progBits = 1, symbolTable = 2, stringTable = 3, relocation = 9; // SHT_*
        const ulong infoLink = 0x40; // SHF_INFO_LINK, as clang has it: libbpf's linker wants the same flags in all objects
        const ulong allocated = 2, executable = 4, writable = 1; // SHF_*
        if (_variables.Count > 0)
        {
            _ = Btf.DataSection(_dataSection, (uint)_data.Count, [.. _variables.Select(one => (one.Variable, one.Offset, one.Size))]);
        }
        var names = new StringTable();
        var (code, starts) = Code();
        var (symbols, numbers) = SymbolTable(names, starts);
        var extension = Extension(starts);
        (string Name, uint Type, ulong Flags, byte[] Content, uint Link, uint Info, ulong Align, ulong EntrySize)[] sections =
        [
            ("", 0, 0, [], 0, 0, 0, 0),
            (CodeSection, progBits, allocated | executable, code, 0, 0, 8, 0),
            (_dataSection, progBits, allocated | writable, _data.ToArray(), 0, 0, 8, 0),
            ($".rel{CodeSection}", relocation, infoLink, RelocationTable(starts, numbers), Symbols, Text, 8, 16),
            (".BTF", progBits, 0, Btf.ToArray(), 0, 0, 4, 0),
            (".BTF.ext", progBits, 0, extension, 0, 0, 4, 0),
            (".symtab", symbolTable, 0, symbols, Strings, 1, 8, 24),
            (".strtab", stringTable, 0, [], 0, 0, 1, 0),
        ];
        var nameOffsets = sections.Select(section => names.Add(section.Name)).ToArray();
        sections[Strings].Content = names.ToArray();

        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        file.SetLength(64); // the header comes last, when it is known where the sections are
        var places = new (ulong Offset, ulong Size)[sections.Length];
        file.Position = file.Length;
        for (var i = 1; i < sections.Length; i++)
        {
            Align(writer, 8);
            places[i] = ((ulong)file.Position, (ulong)sections[i].Content.Length);
            writer.Write(sections[i].Content);
        }
        Align(writer, 8);
        var headers = (ulong)file.Position;
        for (var i = 0; i < sections.Length; i++)
        {
            var section = sections[i];
            writer.Write(nameOffsets[i]);
            writer.Write(section.Type);
            writer.Write(section.Flags);
            writer.Write(0UL); // address
            writer.Write(places[i].Offset);
            writer.Write(places[i].Size);
            writer.Write(section.Link);
            writer.Write(section.Info);
            writer.Write(section.Align);
            writer.Write(section.EntrySize);
        }
        file.Position = 0;
        WriteHeader(writer, headers, sections.Length);
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
        writer.Write((ushort)Strings);
    }

    /// <summary>All functions one after the other, and where each of them starts, in bytes.</summary>
    private (byte[] Code, uint[] Starts) Code()
    {
        using var code = new MemoryStream();
        var starts = new uint[_functions.Count];
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = (uint)code.Length;
            code.Write(_functions[i].Code.ToArray());
        }
        return (code.ToArray(), starts);
    }

    private (byte[] Symbols, Dictionary<string, uint> Numbers) SymbolTable(StringTable names, uint[] starts)
    {
        const byte globalObject = 0x11, globalFunction = 0x12, hidden = 2;
        using var symbols = new MemoryStream();
        using var writer = new BinaryWriter(symbols);
        var numbers = new Dictionary<string, uint>();
        writer.Write(new byte[24]);
        foreach (var (name, _, offset, size) in _variables)
        {
            Add(name, globalObject, 0, Data, offset, size);
        }
        for (var i = 0; i < starts.Length; i++)
        {
            Add(_functions[i].Name, globalFunction, hidden, Text, starts[i], (uint)_functions[i].Code.Count * sizeof(ulong));
        }
        return (symbols.ToArray(), numbers);

        void Add(string name, byte kind, byte visibility, uint section, uint value, uint size)
        {
            numbers[name] = (uint)numbers.Count + 1;
            writer.Write(names.Add(name));
            writer.Write(kind);
            writer.Write(visibility);
            writer.Write((ushort)section);
            writer.Write((ulong)value);
            writer.Write((ulong)size);
        }
    }

    private byte[] RelocationTable(uint[] starts, Dictionary<string, uint> symbols)
    {
        const uint wide = 1; // R_BPF_64_64
        using var table = new MemoryStream();
        using var writer = new BinaryWriter(table);
        for (var i = 0; i < starts.Length; i++)
        {
            foreach (var (at, symbol) in _functions[i].Code.References)
            {
                writer.Write((ulong)(starts[i] + at * sizeof(ulong)));
                writer.Write((ulong)symbols[symbol] << 32 | wide);
            }
        }
        return table.ToArray();
    }

    /// <summary>
    /// .BTF.ext: the type of each function, and one line of source at its first instruction (btf.rst). A line that does not begin a
    /// function is not needed, and one without its function is refused.
    /// </summary>
    private byte[] Extension(uint[] starts)
    {
        const ushort magic = 0xeb9f;
        const int headerSize = 24, functionSize = 8, lineSize = 16;
        using var functions = new MemoryStream();
        using var lines = new MemoryStream();
        using var writeFunction = new BinaryWriter(functions);
        using var writeLine = new BinaryWriter(lines);
        var section = Btf.Text(CodeSection);
        Begin(writeFunction, functionSize);
        Begin(writeLine, lineSize);
        for (var i = 0; i < starts.Length; i++)
        {
            writeFunction.Write(starts[i]);
            writeFunction.Write(_functions[i].Type);
            writeLine.Write(starts[i]);
            writeLine.Write(Btf.Text("filter"));
            writeLine.Write(Btf.Text(_functions[i].Source));
            writeLine.Write(1 << 10); // line 1
        }
        using var all = new MemoryStream();
        using var writer = new BinaryWriter(all);
        writer.Write(magic);
        writer.Write((byte)1); // version
        writer.Write((byte)0); // flags
        writer.Write(headerSize);
        writer.Write(0);
        writer.Write((int)functions.Length);
        writer.Write((int)functions.Length);
        writer.Write((int)lines.Length);
        writer.Write(functions.ToArray());
        writer.Write(lines.ToArray());
        return all.ToArray();

        void Begin(BinaryWriter to, int size)
        {
            to.Write(size);
            to.Write(section);
            to.Write(starts.Length);
        }
    }

    private static void Align(BinaryWriter writer, int to)
    {
        while (writer.BaseStream.Position % to != 0)
        {
            writer.Write((byte)0);
        }
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
