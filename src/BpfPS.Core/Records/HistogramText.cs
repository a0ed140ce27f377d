using System.Globalization;
using System.Reflection;
using BpfPS.Records;

namespace BpfPS;

/// <summary>Puts the slots of histograms in order, and shows them as bars.</summary>
public static class HistogramText
{
    /// <summary>The number of characters of the longest bar.</summary>
    private const int Width = 38;

    private const string From = "from";
    private const string To = "to";
    private const string Count = "count";
    private const string Slots = "slots";

    private static readonly string[] s_ofSlot = [From, To, Count];

    /// <summary>The most entries that are read before the first is shown; a map of more is no histogram to look at.</summary>
    internal const int LargestMap = 1 << 16;

    /// <summary>A slot's count as a bar, "|@@@@     |"; the longest of its histogram is as long as it can be.</summary>
    /// <param name="slot">The slot.</param>
    public static string Bar(BpfHistogramSlot slot) => Bar(CountOf(slot), slot.Greatest);

    private static string Bar(ulong count, ulong greatest)
    {
        var length = greatest == 0 ? 0 : (int)Math.Round((double)count / greatest * Width);
        // What was counted at all can be seen.
        return $"|{new string('@', count > 0 && greatest > 0 ? Math.Clamp(length, 1, Width) : 0).PadRight(Width)}|";
    }

    /// <summary>The slots of a histogram as a table with bars, which is not wider than 80 characters.</summary>
    /// <param name="slots">The slots, in order.</param>
    public static string Table(IEnumerable<BpfHistogramSlot> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        var lines = slots.Select(slot => Line(Text(slot, From), Text(slot, To), Text(slot, Count), Bar(slot)));
        return string.Join('\n', lines.Prepend(Line(From, To, Count, "distribution")));
    }

    /// <summary>The slots of a value as a table with bars, up to the last that is not zero, below the other members.</summary>
    /// <param name="entry">The entry.</param>
    public static string Table(BpfSlotsEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var members = Members(entry.GetType());
        var title = string.Join(' ', members.Where(member => member.Name != Slots)
            .Select(member => $"{member.Name}={RecordText.Format(member.GetValue(entry))}"));
        var array = (Array)Array.Find(members, member => member.Name == Slots)!.GetValue(entry)!;
        var counts = array.Cast<object>().Select(count => (ulong)Math.Max(0, Convert.ToDecimal(count, CultureInfo.InvariantCulture)))
            .ToArray();
        var last = Array.FindLastIndex(counts, count => count > 0);
        var greatest = counts.Length == 0 ? 0 : counts.Max();
        var lines = counts.Take(last + 1).Select((count, slot) => Line(slot == 0 ? "0" : Text(1UL << slot),
            Text(slot >= 63 ? ulong.MaxValue : (1UL << (slot + 1)) - 1), Text(count), Bar(count, greatest)));
        return string.Join('\n', [title, Line("from", "to", Count, "distribution"), .. lines]);

        static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private static string Line(string from, string to, string count, string bar) =>
        string.Create(CultureInfo.InvariantCulture, $"{from,12} {to,12} {count,12}  {bar}");

    private static string Text(BpfHistogramSlot slot, string member) =>
        RecordText.Format(slot.GetType().GetProperty(member)?.GetValue(slot));

    /// <summary>What tells a slot's histogram from the others of its map, as "cpu=0"; empty where there is only one.</summary>
    /// <param name="slot">The slot.</param>
    public static string Group(BpfHistogramSlot slot) => string.Join(' ', Members(slot.GetType())
        .Where(member => !s_ofSlot.Contains(member.Name)).Select(member => $"{member.Name}={RecordText.Format(member.GetValue(slot))}"));

    /// <summary>Whether the members of a key and a value are those of a histogram.</summary>
    internal static bool IsHistogram(StructShape key, StructShape value) =>
        key.Fields.FirstOrDefault(field => field.Name == From)?.Shape is { } from && IsNumber(from)
            && key.Fields.FirstOrDefault(field => field.Name == To)?.Shape == from
            && value.Fields is [{ Name: Count, Shape: ScalarShape { Size: 4 or 8 } count }] && IsWhole(count.Clr);

    /// <summary>Whether a value is a histogram in one: an array of counts with the name that libbpf-tools give it.</summary>
    internal static bool HasSlots(StructShape value) => value.Fields.Any(field => field.Name == Slots
        && field.Shape is ArrayShape { Element: ScalarShape { Size: 4 or 8, Swap: false } element, Count: > 1 and <= 64 }
        && IsWhole(element.Clr));

    /// <summary>The slots histogram by histogram, each from its least value to its greatest.</summary>
    /// <param name="slots">The slots of a map in any order.</param>
    internal static IReadOnlyList<BpfHistogramSlot> Arrange(IEnumerable<BpfHistogramSlot> slots)
    {
        var all = slots.ToArray();
        if (all.Length == 0)
        {
            return all;
        }
        var members = Members(all[0].GetType());
        var others = members.Where(member => !s_ofSlot.Contains(member.Name)).ToArray();
        var from = Array.Find(members, member => member.Name == From)!;
        var arranged = new List<BpfHistogramSlot>(all.Length);
        foreach (var histogram in all.GroupBy(slot => new Place([.. others.Select(member => member.GetValue(slot))]))
            .OrderBy(group => group.Key))
        {
            var greatest = histogram.Max(CountOf);
            foreach (var slot in histogram.OrderBy(slot => from.GetValue(slot)))
            {
                slot.Greatest = greatest;
                arranged.Add(slot);
            }
        }
        return arranged;
    }

    private static PropertyInfo[] Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);

    private static ulong CountOf(BpfHistogramSlot slot) =>
        Math.Max(0, Convert.ToDecimal(slot.GetType().GetProperty(Count)?.GetValue(slot), CultureInfo.InvariantCulture)) is var count
            ? (ulong)count : 0;

    private static bool IsNumber(FieldShape shape) =>
        shape is ScalarShape scalar && IsWhole(scalar.Clr) || shape is ReadShape { Reader: nameof(RecordReader.Duration) };

    private static bool IsWhole(Type type) => type != typeof(float) && type != typeof(double);

    /// <summary>The members that tell histograms apart, compared as numbers where they are, else as text.</summary>
    private sealed class Place(object?[] values) : IComparable<Place>, IEquatable<Place>
    {
        private readonly object?[] _values = values;

        public int CompareTo(Place? other) => _values.Zip(other?._values ?? [], Compare).FirstOrDefault(order => order != 0);

        public bool Equals(Place? other) => CompareTo(other) == 0;

        public override bool Equals(object? obj) => obj is Place other && Equals(other);

        public override int GetHashCode() => string.Join('\0', _values.Select(RecordText.Complete)).GetHashCode(StringComparison.Ordinal);

        private static int Compare(object? one, object? other) => one is IComparable comparable && one.GetType() == other?.GetType()
            ? comparable.CompareTo(other)
            : string.CompareOrdinal(RecordText.Complete(one), RecordText.Complete(other));
    }
}
