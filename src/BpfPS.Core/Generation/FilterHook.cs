using BpfPS.Btf;

namespace BpfPS.Generation;

/// <summary>The function of bpfps.h that a program asks whether a record is wanted, before it sends it.</summary>
/// <param name="Map">The ring buffer.</param>
/// <param name="Record">The struct or union of the records.</param>
internal sealed record FilterHook(string Map, BtfComposite Record)
{
    private const string Prefix = "bpfps_filter_";

    /// <summary>The function's name.</summary>
    public string Function => Prefix + Map;

    /// <summary>The hook of a ring buffer; null if the program does not have it.</summary>
    /// <param name="types">The types of the object file.</param>
    /// <param name="map">The ring buffer's name.</param>
    public static FilterHook? Of(BtfTypes types, string map) =>
        types.All.OfType<BtfReference>().FirstOrDefault(type => type.Kind == BtfKind.Function && type.Name == Prefix + map) is { } function
        && types[function.Target] is BtfFunctionPrototype { Parameters: [var record, _] }
        && types.Resolve(record.Value) is BtfReference { Kind: BtfKind.Pointer } pointer
        && types.Resolve(pointer.Target) is BtfComposite composite
            ? new FilterHook(map, composite) : null;

    /// <summary>Adds the type of the records to other types: of a struct, its name is enough for the linker.</summary>
    public uint RecordType(BtfWriter btf) => Record.Name.Length > 0 ? btf.Forward(Record.Name, Record.Kind == BtfKind.Union)
        : btf.Composite(Record.Kind, "", Record.Size, []);
}
