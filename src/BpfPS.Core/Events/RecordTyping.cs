using System.Runtime.InteropServices;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS.Events;

/// <summary>
/// Decides which struct a ring buffer's record is. A struct that is named, or that a declaration ties to the ring, is that of all
/// records; a struct that is only declared, or that has the record's size, is a guess, which holds for the one record that it fits.
/// </summary>
internal sealed class RecordTyping
{
    private readonly ProgramStructs? _structs;
    private readonly IReadOnlyList<ProgramStruct> _declared = [];
    private readonly bool _isCertain;
    private readonly Func<int, int> _lengthOf;
    private readonly Dictionary<int, RecordClass?> _bySize = [];
    private readonly HashSet<string> _said = [];
    private readonly List<(string, BpfRemedy)> _doubts = [];

    /// <param name="map">The ring buffer.</param>
    /// <param name="names">The names of the structs; empty to find them.</param>
    /// <param name="tags">How to tell several apart; null to find it.</param>
    /// <exception cref="BpfException">There is no such struct, or several cannot be told apart.</exception>
    public RecordTyping(BpfMap map, IReadOnlyList<string> names, StructTags? tags = null)
    {
        _lengthOf = map.Type == "perf_event_array" ? PerfBufferReader.Padded : size => size;
        var types = map.ObjectTypes ?? KernelBtf.OfAnyUser(map.Id);
        if (types is null)
        {
            if (names.Count > 0)
            {
                throw new BpfException(BpfErrorKind.NotSupported,
                    $"No loaded program with type information uses '{VisibleText.Escape(map.Name)}', "
                        + $"so the struct '{VisibleText.Escape(names[0])}' cannot be looked up.");
            }
            return;
        }
        _structs = new ProgramStructs(types, map.Owner?.Debug);
        var certain = names.Count == 0 ? _structs.OfRing(map.Name) : _structs.Named(names[0]);
        ProgramStruct[] several = names.Count > 1 ? [.. names.Select(_structs.Named)] : [.. certain?.Alternatives() ?? []];
        if (several.Length > 1)
        {
            _isCertain = true;
            var classes = several.Select(one => one.MakeClass()).Distinct()
                .Select(made => (made, Lengths(made).Least, Lengths(made).Most));
            Choice = tags is null ? new StructChoice(classes)
                : new StructChoice(classes, tags, name => _structs.Named(name).MakeClass());
            return;
        }
        _isCertain = certain is not null;
        _declared = certain is null ? _structs.Declared() : [];
        if ((certain ?? (_declared.Count == 1 ? _declared[0] : null)) is { } only)
        {
            Class = only.MakeClass();
            (Least, Most) = Lengths(Class);
        }
    }

    /// <summary>The class of all records that fit it; null if there is no such class.</summary>
    public RecordClass? Class { get; }

    /// <summary>How to tell several named structs apart; null if there are no such.</summary>
    public StructChoice? Choice { get; }

    /// <summary>All classes that are known.</summary>
    public IEnumerable<RecordClass> Classes => Choice?.Classes ?? (Class is null ? [] : [Class]);

    /// <summary>The length in bytes of the shortest record of that class.</summary>
    public int Least { get; }

    /// <summary>The length in bytes of the longest.</summary>
    public int Most { get; }

    /// <summary>Whether there was a record of which no class was known.</summary>
    public bool IsUnknown { get; private set; }

    /// <summary>The class of a record that does not fit <see cref="Class"/>; null if it has none.</summary>
    /// <param name="data">The record's address.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="isFiltered">Whether there are conditions on members of <see cref="Class"/>, which no other class can meet.</param>
    public RecordClass? Of(nint data, int length, bool isFiltered)
    {
        if (Class is not null && _isCertain)
        {
            return Misfit(Class, data, length, isFiltered);
        }
        if (!isFiltered && BySize(length) is { } made)
        {
            return made;
        }
        IsUnknown = true;
        Doubt(Class is null ? "" : "other",
            isFiltered && Class is null ? "the struct is not known, so that the filter applies to nothing."
            : isFiltered ? $"records of {length} bytes are not struct {NameOf(Class!)}, whose members are asked for, and are passed over."
            : $"the struct of records of {length} bytes is not known, so they are given as bytes.", Advice(length));
        return null;
    }

    /// <summary>The class of a record where several structs are named; null if it is none of them.</summary>
    /// <param name="choice">The structs.</param>
    /// <param name="data">The record's address.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="isFiltered">Whether there are conditions, which a record of no known struct cannot meet.</param>
    public RecordClass? Of(StructChoice choice, nint data, int length, bool isFiltered)
    {
        var made = choice.Of(data, length);
        if (made is null)
        {
            IsUnknown = true;
            Doubt("none", $"records of {length} bytes are none of the structs {choice.Names}, so they are "
                + (isFiltered ? "passed over." : "given as bytes."), OtherStruct());
        }
        return made;
    }

    /// <summary>What has been noticed since the last call, each thing once, with what to do about it.</summary>
    public IEnumerable<(string What, BpfRemedy How)> TakeDoubts()
    {
        var doubts = _doubts.ToArray();
        _doubts.Clear();
        return doubts;
    }

    private RecordClass? Misfit(RecordClass made, nint data, int length, bool isFiltered)
    {
        var size = $"struct {NameOf(made)}, which has {made.Parts[0].Size}";
        if (length > Most)
        {
            Doubt("longer", $"records have {length} bytes, more than {size}; what is behind it is not shown.", OtherStruct());
            return made;
        }
        if (made.Fields is [.., { Shape: TextShape } last] && length >= last.Offset)
        {
            if (length > last.Offset && Marshal.ReadByte(data, length - 1) == 0)
            {
                return made; // the text is whole: the program left out the rest of its room
            }
            Doubt("text", $"records have {length} bytes, fewer than {size}; member {last.Name} ends there.", OtherStruct());
            return made;
        }
        IsUnknown = true;
        Doubt("shorter", $"records have {length} bytes, fewer than {size}, so they are "
            + (isFiltered ? "passed over." : "given as bytes."), OtherStruct());
        return null;
    }

    private void Doubt(string kind, string what, BpfRemedy how)
    {
        if (_said.Add(kind))
        {
            _doubts.Add((what, how));
        }
    }

    private RecordClass? BySize(int length)
    {
        if (!_bySize.TryGetValue(length, out var made))
        {
            var fitting = _declared.Where(one => _lengthOf((int)one.Size) == length).ToArray();
            _bySize[length] = made = (fitting.Length > 0 ? fitting : OwnOf(length)) is [var only] ? only.MakeClass() : null;
        }
        return made;
    }

    /// <summary>The lengths of records of a class: a certain struct may end before its padding, a guessed one has its exact size.</summary>
    private (int Least, int Most) Lengths(RecordClass made)
    {
        var most = _lengthOf((int)made.Parts[0].Size);
        return ShapeBuilder.HasTail(made.Parts[0]) ? (made.MinimumLength, int.MaxValue) : (_isCertain ? made.MinimumLength : most, most);
    }

    /// <summary>The program's own structs that have a record's length.</summary>
    private IReadOnlyList<ProgramStruct> OwnOf(int length) =>
        _structs?.OfSize(size => size <= int.MaxValue && _lengthOf((int)size) == length) ?? [];

    private BpfRemedy Advice(int length)
    {
        var fitting = OwnOf(length).Concat(_declared).Select(one => one.ToString()).Distinct().ToArray();
        return fitting.Length > 0
            ? BpfRemedy.With($"Name it with {BpfOption.EventType}: {string.Join(", ", fitting.Select(VisibleText.Escape))}.")
            : new($"Declare it in the program, for the ring buffer in its map's definition: __type(value, struct NAME).{_structs?.Hint}");
    }

    private static BpfRemedy OtherStruct() => BpfRemedy.With($"If they are of another struct, name it with {BpfOption.EventType}.");

    private static string NameOf(RecordClass made) => VisibleText.Escape(made.Parts[0].Name);
}
