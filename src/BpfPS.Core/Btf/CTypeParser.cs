using System.Globalization;

namespace BpfPS.Btf;

/// <summary>
/// Reads a type written in C ("u32", "struct { u64 packets; u64 bytes; }", "char[16]") and writes it as BTF, with the layout of a C
/// compiler for BPF. Knows the types of C, the kernel's short names, and the typedefs of bpfps.h that carry a meaning.
/// </summary>
public sealed class CTypeParser
{
    private const int MaximumDepth = 16;
    private const int MaximumMembers = 1024;
    private const string TooMany = "it has too many members, those of all its structs and enums together";
    private const uint MaximumSize = 1 << 24;
    private const int MaximumLength = 1 << 16;

    // Name, size in bytes, whether it is signed.
    private static readonly Dictionary<string, (uint Size, bool IsSigned)> s_short = new(StringComparer.Ordinal)
    {
        ["u8"] = (1, false), ["u16"] = (2, false), ["u32"] = (4, false), ["u64"] = (8, false),
        ["s8"] = (1, true), ["s16"] = (2, true), ["s32"] = (4, true), ["s64"] = (8, true),
        ["__u8"] = (1, false), ["__u16"] = (2, false), ["__u32"] = (4, false), ["__u64"] = (8, false),
        ["__s8"] = (1, true), ["__s16"] = (2, true), ["__s32"] = (4, true), ["__s64"] = (8, true),
        ["uint8_t"] = (1, false), ["uint16_t"] = (2, false), ["uint32_t"] = (4, false), ["uint64_t"] = (8, false),
        ["int8_t"] = (1, true), ["int16_t"] = (2, true), ["int32_t"] = (4, true), ["int64_t"] = (8, true),
        ["size_t"] = (8, false), ["ssize_t"] = (8, true), ["pid_t"] = (4, true),
        ["__be16"] = (2, false), ["__be32"] = (4, false), ["__be64"] = (8, false),
        ["__le16"] = (2, false), ["__le32"] = (4, false), ["__le64"] = (8, false),
        ["bpfps_time_t"] = (8, false), ["bpfps_duration_t"] = (8, false), ["bpfps_ipv4_t"] = (4, false), ["bpfps_port_t"] = (2, false),
        ["bpfps_errno_t"] = (4, true), ["bpfps_cgroup_t"] = (8, false), ["bpfps_pid_t"] = (4, false),
        ["bpfps_device_t"] = (4, false), ["dev_t"] = (4, false),
        ["bpfps_kernel_stack_t"] = (4, true), ["bpfps_user_stack_t"] = (4, true),
    };

    // Structs of bytes that represent a single value.
    private static readonly Dictionary<string, (string Member, uint Count)> s_bytes = new(StringComparer.Ordinal)
    {
        ["bpfps_ipv6_t"] = ("bytes", 16), ["bpfps_ip_t"] = ("bytes", 16), ["bpfps_mac_t"] = ("bytes", 6),
    };

    private static readonly string[] s_words = ["char", "short", "int", "long", "signed", "unsigned", "float", "double", "bool", "_Bool",
        "void", "struct", "union", "enum", "const", "volatile"];

    // What stands beside a type, and so cannot be the name of what has it.
    private static readonly string[] s_marks = ["__packed", "__attribute__", "restrict", "__volatile__", "__int128"];

    private readonly string _text;
    private readonly BtfWriter _writer;
    private readonly Dictionary<string, Parsed> _made = new(StringComparer.Ordinal);
    private int _position;
    private int _members;

    private CTypeParser(string text, BtfWriter writer)
    {
        _text = text;
        _writer = writer;
    }

    /// <summary>Writes a type.</summary>
    /// <param name="text">The type, written in C.</param>
    /// <param name="writer">The BTF to add it to.</param>
    /// <returns>The number of the new type and its size in bytes.</returns>
    /// <exception cref="BpfException">The text is not a type; the message says where the error is.</exception>
    public static (uint Id, uint Size) Parse(string text, BtfWriter writer)
    {
        var parser = new CTypeParser(text, writer);
        if (text.Length > MaximumLength)
        {
            throw parser.Error("it is too long");
        }
        var type = parser.Declarator(parser.Specifier(0), out var name);
        if (name.Length > 0)
        {
            throw parser.Error($"the name '{name}' does not belong here");
        }
        if (type.Id == 0)
        {
            throw parser.Error("void is not allowed here");
        }
        _ = parser.Take(';');
        parser.Skip();
        return parser._position == text.Length ? (type.Id, type.Size) : throw parser.Error("unexpected text after the type");
    }

    private readonly record struct Parsed(uint Id, uint Size, uint Alignment, bool IsInteger = false);

    private Parsed Specifier(int depth)
    {
        if (depth > MaximumDepth)
        {
            throw Error("it is nested too deeply");
        }
        var start = _position;
        var word = Word();
        while (word is "const" or "volatile" or "__volatile__" or "restrict")
        {
            word = Word();
        }
        return word switch
        {
            "struct" => Composite(BtfKind.Struct, depth),
            "union" => Composite(BtfKind.Union, depth),
            "enum" => Enumeration(),
            "void" => new Parsed(0, 0, 1),
            "bool" or "_Bool" => Made("_Bool", () => new Parsed(_writer.Int("_Bool", 1, false, true), 1, 1, true)),
            "float" => Made("float", () => new Parsed(_writer.Float("float", 4), 4, 4)),
            "double" => Made("double", () => new Parsed(_writer.Float("double", 8), 8, 8)),
            "char" or "short" or "int" or "long" or "signed" or "unsigned" => Integer(word),
            "__int128" => Made("__int128", () => new Parsed(_writer.Int("__int128", 16, true), 16, 16, true)),
            "" => throw Error("a type is missing"),
            _ when s_short.TryGetValue(word, out var integer) => Made(word, () => Named(word, integer.Size, integer.IsSigned)),
            _ when s_bytes.TryGetValue(word, out var bytes) => Made(word, () => Bytes(word, bytes.Member, bytes.Count)),
            _ => throw Unknown(word, start),
        };
    }

    private Parsed Made(string name, Func<Parsed> make) => _made.TryGetValue(name, out var known) ? known : _made[name] = make();

    private Parsed Named(string name, uint size, bool isSigned)
    {
        var plain = Plain(size, isSigned);
        return plain with { Id = _writer.Typedef(name, plain.Id) };
    }

    private Parsed Plain(uint size, bool isSigned)
    {
        var name = (size, isSigned) switch
        {
            (1, false) => "unsigned char", (1, true) => "signed char", (2, false) => "unsigned short", (2, true) => "short",
            (4, false) => "unsigned int", (4, true) => "int", (8, false) => "unsigned long long", _ => "long long",
        };
        return Made(name, () => new Parsed(_writer.Int(name, size, isSigned), size, size, true));
    }

    private Parsed Bytes(string name, string member, uint count)
    {
        var octet = Plain(1, false);
        var array = _writer.Array(octet.Id, Plain(4, false).Id, count);
        var composite = _writer.Composite(BtfKind.Struct, "", count, [new BtfMember(member, array, 0, 0)]);
        return new Parsed(_writer.Typedef(name, composite), count, 1);
    }

    /// <summary>An integer type of C, with its words in any order.</summary>
    private Parsed Integer(string first)
    {
        var words = new List<string> { first };
        while (Peek() is "char" or "short" or "int" or "long" or "signed" or "unsigned" or "__int128")
        {
            words.Add(Word());
        }
        var unsigned = words.Remove("unsigned");
        var signed = words.Remove("signed");
        if (words.Contains("__int128"))
        {
            return unsigned
                ? Made("unsigned __int128", () => new Parsed(_writer.Int("unsigned __int128", 16, false), 16, 16, true))
                : Made("__int128", () => new Parsed(_writer.Int("__int128", 16, true), 16, 16, true));
        }
        var longs = words.RemoveAll(word => word == "long");
        var shorts = words.RemoveAll(word => word == "short");
        var isCharacter = words.Remove("char");
        _ = words.Remove("int");
        if (words.Count > 0 || longs > 2 || shorts > 1 || longs > 0 && shorts > 0 || isCharacter && longs + shorts > 0
            || signed && unsigned)
        {
            throw Error("these words do not form an integer type");
        }
        return isCharacter && !unsigned && !signed
            ? Made("char", () => new Parsed(_writer.Int("char", 1, true), 1, 1, true))
            : Plain(isCharacter ? 1u : shorts > 0 ? 2u : longs > 0 ? 8u : 4u, !unsigned);
    }

    private Parsed Enumeration()
    {
        var tag = Peek() is { Length: > 0 } ? Word() : "";
        Expect('{');
        var values = new List<KeyValuePair<string, long>>();
        var next = 0L;
        while (!Take('}'))
        {
            var name = Identifier("the name of an enum's value");
            if (values.Exists(value => value.Key == name))
            {
                throw Error($"'{name}' occurs twice");
            }
            if (Take('='))
            {
                next = Number();
            }
            if (next is < int.MinValue or > uint.MaxValue)
            {
                throw Error("the value of an enum must fit in 32 bits");
            }
            if (++_members > MaximumMembers)
            {
                throw Error(TooMany);
            }
            values.Add(new(name, next++));
            if (!Take(','))
            {
                Expect('}');
                break;
            }
        }
        if (values.Count == 0)
        {
            throw Error("an enum needs at least one value");
        }
        return new Parsed(_writer.Enum(tag, values), 4, 4, true);
    }

    private Parsed Composite(BtfKind kind, int depth)
    {
        var packed = Packed();
        var tag = Peek() is { Length: > 0 } ? Word() : "";
        packed |= Packed();
        Expect('{');
        var members = new List<(string Name, Parsed Type, int Bits)>();
        while (!Take('}'))
        {
            var specifier = Specifier(depth + 1);
            do
            {
                var type = Declarator(specifier, out var name);
                var bits = Take(':') ? BitFieldWidth(type) : -1;
                if (type.Id == 0 || ++_members > MaximumMembers)
                {
                    throw Error(type.Id == 0 ? "void is not allowed here" : TooMany);
                }
                if (name.Length > 0 && members.Exists(member => member.Name == name))
                {
                    throw Error($"'{name}' occurs twice");
                }
                members.Add((name, type, bits));
            }
            while (Take(','));
            Expect(';');
        }
        packed |= Packed();
        return Layout(kind, tag, members, packed);
    }

    private int BitFieldWidth(Parsed type)
    {
        var bits = Number();
        return type.IsInteger && bits >= 0 && bits <= type.Size * 8
            ? (int)bits
            : throw Error("a bit field must be an integer type, with at most as many bits as the type has");
    }

    /// <summary>Puts the members where C does: each at its alignment, bit fields into the rest of their unit.</summary>
    private Parsed Layout(BtfKind kind, string tag, List<(string Name, Parsed Type, int Bits)> members, bool packed)
    {
        if (members.Count == 0)
        {
            throw Error("the struct has no members");
        }
        var placed = new List<BtfMember>();
        ulong place = 0;
        ulong end = 0;
        var widest = 1u;
        foreach (var (name, type, bits) in members)
        {
            var alignment = packed ? 1 : type.Alignment;
            var unit = type.Size * 8ul;
            if (kind == BtfKind.Union)
            {
                place = 0;
            }
            if (bits < 0 || bits == 0)
            {
                place = Up(place, (bits == 0 ? type.Alignment : alignment) * 8ul);
            }
            else if (!packed && place / unit != (place + (ulong)bits - 1) / unit)
            {
                place = Up(place, unit);
            }
            if (bits != 0 && (name.Length > 0 || bits < 0))
            {
                placed.Add(new BtfMember(name, type.Id, (uint)place, bits > 0 ? (uint)bits : 0));
                widest = Math.Max(widest, alignment);
            }
            place += bits >= 0 ? (ulong)bits : unit;
            end = Math.Max(end, place);
            if (end > MaximumSize * 8ul)
            {
                throw Error($"the type has more than {MaximumSize} bytes");
            }
        }
        if (placed.Count == 0)
        {
            throw Error("the struct has no members with a name"); // bit fields without one only leave gaps
        }
        if (placed.Exists(member => member.BitFieldSize != 0) && end > 1 << 24)
        {
            throw Error("a struct with bit fields can have at most two megabytes");
        }
        var size = (uint)(Up(end, widest * 8ul) / 8);
        return new Parsed(_writer.Composite(kind, tag, size, placed), size, widest);
    }

    private static ulong Up(ulong value, ulong alignment) => (value + alignment - 1) / alignment * alignment;

    /// <summary>Reads what surrounds the name: stars before it, brackets after it.</summary>
    private Parsed Declarator(Parsed type, out string name)
    {
        while (Take('*'))
        {
            type = Made("void *", () => new Parsed(_writer.Pointer(), 8, 8));
            while (Peek() is "const" or "volatile" or "restrict")
            {
                _ = Word();
            }
        }
        name = Peek() is { Length: > 0 } ? Identifier("a member's name") : "";
        var counts = new List<uint>();
        while (Take('['))
        {
            var count = Number();
            Expect(']');
            if (count is <= 0 or > MaximumSize || counts.Count >= MaximumDepth)
            {
                throw Error("an array must have from 1 to 16,777,216 elements");
            }
            counts.Add((uint)count);
        }
        for (var i = counts.Count - 1; i >= 0; i--)
        {
            if (type.Id == 0 || (ulong)type.Size * counts[i] > MaximumSize)
            {
                throw Error(type.Id == 0 ? "void is not allowed here" : $"the type has more than {MaximumSize} bytes");
            }
            type = new Parsed(_writer.Array(type.Id, Plain(4, false).Id, counts[i]), type.Size * counts[i], type.Alignment);
        }
        return type;
    }

    private bool Packed()
    {
        if (Peek() is not "__attribute__" and not "__packed")
        {
            return false;
        }
        if (Word() == "__packed")
        {
            return true;
        }
        Expect('(');
        Expect('(');
        if (Word() is not ("packed" or "__packed__"))
        {
            throw Error("only __attribute__((packed)) is supported");
        }
        Expect(')');
        Expect(')');
        return true;
    }

    private void Skip()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
        {
            _position++;
        }
    }

    private bool Take(char wanted)
    {
        Skip();
        if (_position < _text.Length && _text[_position] == wanted)
        {
            _position++;
            return true;
        }
        return false;
    }

    private void Expect(char wanted)
    {
        if (!Take(wanted))
        {
            throw Error($"'{wanted}' is missing");
        }
    }

    private string Peek()
    {
        var place = _position;
        var word = Word();
        _position = place;
        return word;
    }

    private string Word()
    {
        Skip();
        var start = _position;
        if (start < _text.Length && (char.IsAsciiLetter(_text[start]) || _text[start] == '_'))
        {
            while (_position < _text.Length && (char.IsAsciiLetterOrDigit(_text[_position]) || _text[_position] == '_'))
            {
                _position++;
            }
        }
        return _text[start.._position];
    }

    private string Identifier(string what)
    {
        const int LongestName = 128; // more than the kernel's KSYM_NAME_LEN
        var name = Word();
        return name.Length is 0 or > LongestName || s_words.Contains(name) || s_marks.Contains(name)
            ? throw Error($"{what} is missing") : name;
    }

    private long Number()
    {
        Skip();
        var start = _position;
        while (_position < _text.Length && (char.IsAsciiLetterOrDigit(_text[_position]) || _text[_position] == '-' && _position == start))
        {
            _position++;
        }
        var text = _text.AsSpan(start, _position - start);
        var isHexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign;
        return long.TryParse(isHexadecimal ? text[2..] : text, style, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Error("a number is missing");
    }

    private BpfException Unknown(string word, int start)
    {
        _position = start;
        var near = s_short.Keys.Concat(s_bytes.Keys).Concat(s_words)
            .Where(name => name.Contains(word.Trim('_'), StringComparison.OrdinalIgnoreCase)
                || word.Contains(name, StringComparison.OrdinalIgnoreCase)
                || name.Length == word.Length && name.Zip(word).Count(pair => pair.First != pair.Second) == 1)
            .Take(8).ToArray();
        var remedy = "Use u8 to u64, s8 to s64, char[N], struct { ... } or a bpfps_ type."
            + (near.Length > 0 ? $" Similar types are {string.Join(", ", near)}." : "");
        return Error($"unknown type '{VisibleText.Escape(word)}'", remedy);
    }

    private BpfException Error(string why, string? remedy = null)
    {
        const int Shown = 24;
        var rest = _text[_position..Math.Min(_position + Shown, _text.Length)];
        var before = rest.Length > 0 ? $", before '{VisibleText.Escape(rest)}'" : "";
        var shown = VisibleText.Escape(_text.Length > 80 ? _text[..80] + "..." : _text);
        return new BpfException(BpfErrorKind.InvalidArgument,
            string.Create(CultureInfo.InvariantCulture, $"'{shown}' is not a valid type: {why} (at column {_position + 1}{before})."),
            remedy ?? "Write the type as in C: u32, 'char[16]', 'struct { u64 packets; u64 bytes; }'.");
    }
}
