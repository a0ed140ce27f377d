using BpfPS.Btf;
using BpfPS.Records;

namespace BpfPS.Maps;

/// <summary>A struct that a program's records can be.</summary>
/// <param name="Types">The types that it is one of: the program's BTF, or those made of its debug information.</param>
/// <param name="Id">Its number in them.</param>
internal sealed record ProgramStruct(BtfTypes Types, uint Id)
{
    /// <summary>Its size in bytes.</summary>
    public uint Size => Types.SizeOf(Id);

    /// <summary>As it is written in C, and as users can name it: "struct event", or the name of its typedef.</summary>
    public override string ToString() => Types.Describe(Id);

    /// <summary>The structs of which a record is one, if it is a union that has nothing but structs with tags; else none.</summary>
    public IReadOnlyList<ProgramStruct> Alternatives()
    {
        if (Types.Resolve(Id) is not BtfComposite { Kind: BtfKind.Union } union)
        {
            return [];
        }
        var members = union.Members.Select(member => Types.Resolve(member.Type)).ToArray();
        return members.All(member => member is BtfComposite { Kind: BtfKind.Struct, Name.Length: > 0 })
            ? [.. members.Select(member => new ProgramStruct(Types, member!.Id))] : [];
    }

    /// <summary>The class of its records.</summary>
    /// <exception cref="BtfFormatException">The struct contradicts itself.</exception>
    public RecordClass MakeClass() => RecordClasses.ForEvent(Types, Id);
}
