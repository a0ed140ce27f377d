using BpfPS.Records;

namespace BpfPS.Expressions;

/// <summary>Finds where the members that an expression names lie in a record.</summary>
/// <param name="recordClass">The class of the records.</param>
/// <param name="hasNames">
/// Whether there also are the names that belong to a cgroup's id: unit and container. The object of the whole record does not have them, so
/// that a filter, whose answer is the one for that object, cannot ask for them.
/// </param>
internal sealed class RecordPlaces(RecordClass recordClass, bool hasNames = false)
{
    /// <summary>
    /// What the member with the text at an address is called, behind the name of the address: <c>$_.path.ToString()</c> is
    /// <c>$_.path_text</c> where there is such a member.
    /// </summary>
    public const string TextSuffix = "_text";

    private static readonly Dictionary<string, string> s_readers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["unit"] = nameof(RecordReader.CgroupUnit), ["container"] = nameof(RecordReader.CgroupContainer),
    };

    private readonly RecordPlace _record = new(null, recordClass.Type, 0);

    /// <summary>Where a chain of members lies in the record; null if it is of a value that is made from the bytes.</summary>
    /// <exception cref="BpfException">There is no such member.</exception>
    public RecordPlace? Find(ExpressionNode node)
    {
        switch (node)
        {
            case RecordNode:
                return _record;
            case MemberNode member when Find(member.Target) is { } target:
                return Member(target, member.Name) ?? Name(target, member.Name)
                    ?? (Members(target) is { Count: > 0 } known ? throw NoMember(member, known) : null);
            case IndexNode index when Find(index.Target) is { } array:
                return Element(array, index.Index);
            case CallNode call when TextOf(call) is { } text:
                return Member(_record, text);
            default:
                return null;
        }
    }

    /// <summary>The member with the text at an address that a call asks for; null for any other call.</summary>
    public static string? TextOf(CallNode call) => call is { Arguments: [], Target: MemberNode { Target: RecordNode, Name: var address } }
        && call.Name.Equals(nameof(ToString), StringComparison.OrdinalIgnoreCase) ? address + TextSuffix : null;

    /// <summary>An element of an array; null if the place is none, or has no such element in every record.</summary>
    public static RecordPlace? Element(RecordPlace place, int index) => place.Shape is ArrayShape array
        && place.Type.GetElementType() is { } type
        && (index < 0 ? index + (long)array.Count : index) is var at && at >= 0 && at < array.Count
        ? new RecordPlace(array.Element, type, place.Offset + array.Stride * (uint)at) : null;

    private IReadOnlyList<Field> Members(RecordPlace place) =>
        place.Shape is null ? recordClass.Fields : (place.Shape as StructShape)?.Fields ?? [];

    private RecordPlace? Member(RecordPlace place, string name) =>
        Members(place).FirstOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found
            && place.Type.GetProperty(found.Name) is { } property
            ? new RecordPlace(found.Shape, property.PropertyType, place.Offset + found.Offset, found.Meaning) : null;

    private RecordPlace? Name(RecordPlace place, string name) => hasNames && place.Shape is null
        && s_readers.TryGetValue(name, out var reader) && CgroupOf(recordClass) is { } cgroup
            ? new RecordPlace(new ReadShape(reader, typeof(string), cgroup.Shape.Size), typeof(string), cgroup.Offset) : null;

    /// <summary>The names that belong to the records' cgroup: none if they have no cgroup, and no name that is a member itself.</summary>
    /// <param name="recordClass">The class of the records.</param>
    public static IEnumerable<string> NamesOf(RecordClass recordClass) => CgroupOf(recordClass) is null ? []
        : s_readers.Keys.Where(name => !recordClass.Fields.Any(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)));

    private static Field? CgroupOf(RecordClass recordClass) =>
        recordClass.Fields.FirstOrDefault(field => field.Meaning == FieldMeaning.Cgroup);

    private static BpfException NoMember(MemberNode node, IReadOnlyList<Field> known)
    {
        var near = NearNames.Of(node.Name, known.Select(field => field.Name), 5);
        return new BpfException(BpfErrorKind.InvalidArgument,
            $"'{VisibleText.Escape(node.Text)}': there is no member '{VisibleText.Escape(node.Name)}'.",
            near.Count > 0 ? $"Similar names: {string.Join(", ", near)}."
                : $"The members are: {string.Join(", ", known.Select(field => field.Name))}.") { NamesNoMember = true };
    }
}
