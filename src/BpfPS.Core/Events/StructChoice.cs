using System.Globalization;
using System.Runtime.CompilerServices;
using BpfPS.Records;

namespace BpfPS.Events;

/// <summary>
/// Tells the structs of one ring apart. By a tag, if all of them have a member of the same enum at the same place, and the enum has a name
/// for each struct: KIND_OPENED or OPENED, or its very name, for struct opened or opened_event. Otherwise by size. The user can say the
/// values of a tag too.
/// </summary>
// unsafe: the tag is read only from records that are long enough for it.
internal sealed unsafe class StructChoice
{
    private static readonly string[] s_suffixes = ["_event", "_evt", "_t"];

    private static readonly string[] s_tagNames = ["type", "kind", "tag"];

    private readonly (RecordClass Class, int Least, int Most)[] _classes;
    private readonly Field? _tag;
    private readonly Dictionary<ulong, int> _byTag = [];

    /// <summary>Finds out how to tell them apart.</summary>
    /// <param name="classes">Their classes, with the lengths in bytes of the shortest and the longest record of each.</param>
    /// <exception cref="BpfException">There is neither a tag, nor have they different sizes.</exception>
    public StructChoice(IEnumerable<(RecordClass Class, int Least, int Most)> classes)
    {
        _classes = [.. classes];
        _tag = _classes[0].Class.Fields.FirstOrDefault(IsTag);
        if (_tag is null && Alike() is var (one, other))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"The structs {NameOf(one)} and {NameOf(other)} cannot be told apart: a record can be as long as either of them, and they "
                    + "have no tag in common.",
                "A tag is a member of the same enum at the same place in all of them, whose values have the names of the structs. "
                    + "Or name only one of them.");
        }
    }

    /// <summary>Tells them apart by the values of a tag.</summary>
    /// <param name="classes">Their classes, with the lengths in bytes of the shortest and the longest record of each.</param>
    /// <param name="tags">The values, each with its struct.</param>
    /// <param name="classOf">The class of a struct by its name.</param>
    /// <exception cref="BpfException">There is no such member, several could be the tag, or it does not have these values.</exception>
    public StructChoice(IEnumerable<(RecordClass Class, int Least, int Most)> classes, StructTags tags, Func<string, RecordClass> classOf)
    {
        _classes = [.. classes];
        _tag = Tag(tags);
        foreach (var (text, name) in tags.Structs)
        {
            var made = classOf(name);
            if (!_byTag.TryAdd(ValueOf(_tag, text) ?? throw NoValue(_tag, text), Array.FindIndex(_classes, one => one.Class == made)))
            {
                throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"The value '{VisibleText.Escape(text)}' of the tag {VisibleText.Escape(_tag.Name)} is given twice.",
                    "Specify one struct for each value.");
            }
        }
    }

    /// <summary>The classes, in the order in which they were named.</summary>
    public IEnumerable<RecordClass> Classes => _classes.Select(one => one.Class);

    /// <summary>The names of the structs, for messages.</summary>
    public string Names => string.Join(", ", Classes.Select(NameOf));

    /// <summary>The class of a record; null if it is none of these.</summary>
    /// <param name="data">The record's address.</param>
    /// <param name="length">Its length in bytes.</param>
    public RecordClass? Of(nint data, int length)
    {
        if (_tag is not null)
        {
            var (offset, size) = (_tag.Offset, _tag.Shape.Size);
            return length >= offset + size && _byTag.TryGetValue(Tag((byte*)data + offset, size), out var index)
                && length >= _classes[index].Least && length <= _classes[index].Most ? _classes[index].Class : null;
        }
        foreach (var (made, least, most) in _classes)
        {
            if (length >= least && length <= most)
            {
                return made;
            }
        }
        return null;
    }

    /// <summary>A filter for the structs that have its members; records of the others do not pass.</summary>
    /// <param name="compile">Compiles the filter for a class.</param>
    /// <exception cref="BpfException">It cannot be compiled, or no struct has the members.</exception>
    public RecordPredicate Filter(Func<RecordClass, RecordPredicate> compile)
    {
        var filters = Each(compile);
        return (data, length) => Of(data, length) is { } made && filters.TryGetValue(made, out var filter) && filter(data, length);
    }

    /// <summary>What makes something of the bytes of the structs that have what it needs.</summary>
    /// <param name="make">Makes it for a class.</param>
    /// <exception cref="BpfException">It cannot be made, or no struct has the members.</exception>
    public Dictionary<RecordClass, RecordDecoder> Decoders(Func<RecordClass, RecordDecoder> make) => Each(make);

    private Dictionary<RecordClass, T> Each<T>(Func<RecordClass, T> make)
    {
        var all = new Dictionary<RecordClass, T>(ReferenceEqualityComparer.Instance);
        BpfException? first = null;
        foreach (var made in Classes)
        {
            try
            {
                all.TryAdd(made, make(made));
            }
            catch (BpfException e) when (e.NamesNoMember)
            {
                first ??= e;
            }
        }
        return all.Count > 0 ? all : throw first!;
    }

    /// <summary>
    /// The member that is the tag: the one that is named, or else the only one that can be it, an enum before a number, and a number that
    /// is called so before another.
    /// </summary>
    private Field Tag(StructTags tags)
    {
        var common = _classes[0].Class.Fields.Where(IsCommonNumber).ToArray();
        if (tags.Member is { } named)
        {
            return Array.Find(common, member => member.Name.Equals(named, StringComparison.OrdinalIgnoreCase))
                ?? throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"'{VisibleText.Escape(named)}' is not a whole number or enum that the structs {Names} have at the same place.",
                    common.Length == 0 ? null : $"They have in common: {NamesOf(common)}.");
        }
        var able = common.Where(member => tags.Structs.All(tag => ValueOf(member, tag.Key) is not null)).ToArray();
        var enums = able.Where(member => member.Shape is EnumShape).ToArray();
        var called = able.Where(member => Array.Exists(s_tagNames, name => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            || member.Name.EndsWith($"_{name}", StringComparison.OrdinalIgnoreCase))).ToArray();
        return (enums, called, able) switch
        {
            ([var only], _, _) => only,
            (_, [var only], _) => only,
            (_, _, [var only]) => only,
            (_, _, []) => common.Length == 1 ? common[0] : throw new BpfException(BpfErrorKind.InvalidArgument,
                $"The structs {Names} cannot be told apart by a tag: they have no whole number or enum at the same place that can have the "
                    + $"values {string.Join(", ", tags.Structs.Select(tag => VisibleText.Escape(tag.Key)))}.",
                common.Length == 0 ? "Structs of different sizes need no tag: name them one after the other."
                    : $"They have in common: {NamesOf(common)}."),
            _ => throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Several members of the structs {Names} could be the tag: {NamesOf(able)}.",
                BpfRemedy.With($"Name it: {BpfOption.EventType} @{{ {VisibleText.Escape(able[0].Name)} = @{{ "
                    + $"{string.Join("; ", tags.Structs.Select(tag => VisibleText.Escape($"{tag.Key} = '{tag.Value}'")))} }} }}.")),
        };
    }

    private bool IsCommonNumber(Field member) => IsNumber(member.Shape) && _classes.All(one => one.Class.Fields.Any(field =>
        field.Offset == member.Offset && field.Name == member.Name && IsNumber(field.Shape) && field.Shape.Size == member.Shape.Size));

    private static bool IsNumber(FieldShape shape) => shape is EnumShape
        || shape is ScalarShape { Swap: false } scalar && scalar.Clr != typeof(float) && scalar.Clr != typeof(double);

    /// <summary>A value of a tag as its bytes are, from a number or a name of its enum; null if it cannot have it.</summary>
    private static ulong? ValueOf(Field tag, string text)
    {
        var bits = 8 * (int)tag.Shape.Size;
        if (Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number >= -(Int128.One << (bits - 1)) && number < Int128.One << bits ? Masked((ulong)(long)(number & ulong.MaxValue),
                tag.Shape.Size) : null;
        }
        if (tag.Shape is not EnumShape { Type.Values: var values })
        {
            return null;
        }
        var exact = values.Where(value => value.Key.Equals(text, StringComparison.OrdinalIgnoreCase)).ToArray();
        return (exact.Length > 0 ? exact : [.. values.Where(value => IsNameOf(value.Key, text))]) is [var only, ..]
            ? Masked((ulong)only.Value, tag.Shape.Size) : null;
    }

    private static BpfException NoValue(Field tag, string text)
    {
        var names = tag.Shape is EnumShape shape ? shape.Type.Values.Select(value => value.Key).ToArray() : [];
        var near = NearNames.Of(text, names, 5);
        return new BpfException(BpfErrorKind.InvalidArgument,
            $"The tag {VisibleText.Escape(tag.Name)}, which has {tag.Shape.Size} bytes, cannot be '{VisibleText.Escape(text)}'.",
            near.Count > 0 ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}."
                : names.Length > 0 ? $"Its values are: {VisibleText.Escape(string.Join(", ", names))}." : "Specify a whole number.");
    }

    private static string NamesOf(IEnumerable<Field> members) =>
        string.Join(", ", members.Select(member => VisibleText.Escape(member.Name)));

    private bool IsTag(Field member)
    {
        if (member.Shape is not EnumShape shape || !_classes.All(one => one.Class.Fields.Any(field => field.Offset == member.Offset
            && field.Shape is EnumShape other && other.Type.Name == shape.Type.Name && other.Size == shape.Size)))
        {
            return false;
        }
        _byTag.Clear();
        for (var i = 0; i < _classes.Length; i++)
        {
            var name = _classes[i].Class.Parts[0].Name;
            var values = shape.Type.Values.Where(value => value.Key == name).ToArray();
            if (values.Length == 0)
            {
                values = [.. shape.Type.Values.Where(value => IsNameOf(value.Key, Stem(name)))];
            }
            if (values.Length != 1 || !_byTag.TryAdd(Masked((ulong)values[0].Value, shape.Size), i))
            {
                return false;
            }
        }
        return true;
    }

    private static bool IsNameOf(string value, string stem) => value.Equals(stem, StringComparison.OrdinalIgnoreCase)
        || value.EndsWith($"_{stem}", StringComparison.OrdinalIgnoreCase);

    private static string Stem(string name) =>
        s_suffixes.FirstOrDefault(suffix => name.EndsWith(suffix, StringComparison.Ordinal)) is { } end ? name[..^end.Length] : name;

    private static ulong Tag(byte* data, uint size) => size switch
    {
        1 => *data,
        2 => Unsafe.ReadUnaligned<ushort>(data),
        4 => Unsafe.ReadUnaligned<uint>(data),
        _ => Unsafe.ReadUnaligned<ulong>(data),
    };

    private static ulong Masked(ulong value, uint size) => size >= sizeof(ulong) ? value : value & ((1UL << (8 * (int)size)) - 1);

    private (RecordClass, RecordClass)? Alike()
    {
        for (var i = 0; i < _classes.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (_classes[i].Least <= _classes[j].Most && _classes[j].Least <= _classes[i].Most)
                {
                    return (_classes[j].Class, _classes[i].Class);
                }
            }
        }
        return null;
    }

    private static string NameOf(RecordClass made) => VisibleText.Escape(made.Parts[0].Name);
}
