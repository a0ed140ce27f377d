using BpfPS.Btf;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Generation;

/// <summary>What programs add up in the kernel: the layout of the groups' keys, and the values.</summary>
/// <param name="Class">The class of the events of one of the probes; all of them have the same keys at the same places.</param>
/// <param name="RecordSize">The size of such an event in bytes.</param>
/// <param name="KeyEnd">Where the key ends in an event, in bytes.</param>
/// <param name="Values">For each probe, what is added up.</param>
internal sealed record MeasuredRecords(RecordClass Class, uint RecordSize, uint KeyEnd, IReadOnlyList<IReadOnlyList<MeasuredValue>> Values)
{
    private const uint MostKeyBytes = 512; // more would make large maps slow

    /// <summary>What a group has, in bytes.</summary>
    public uint GroupSize => MeasureMaps.GroupSize(Values[0].Count);

    /// <summary>Whether events are grouped by something.</summary>
    public bool IsGrouped => KeyEnd > MeasureMaps.UngroupedKeyEnd;

    /// <summary>Whether the distribution of a value is wanted.</summary>
    public bool HasHistograms => Values[0].Any(value => value.HasHistogram);

    /// <summary>Whether the slots of one width are wanted of a value.</summary>
    public bool HasSlots => Values[0].Any(value => value.SlotWidth is not null);

    /// <summary>Finds out whether the kernel can add up what is wanted.</summary>
    /// <param name="records">The events of the probes.</param>
    /// <param name="types">Their types.</param>
    /// <param name="measure">What is wanted.</param>
    /// <exception cref="NotInKernelException">It cannot.</exception>
    /// <exception cref="BpfException">A member does not exist.</exception>
    public static MeasuredRecords Of(IReadOnlyList<TracedRecord> records, BtfTypes types, ProbeMeasure measure)
    {
        var classes = records.Select(record => RecordClasses.ForEvent(types, record.Type)).ToArray();
        var key = Key(records[0]);
        if (records.Any(record => Key(record) != key))
        {
            throw new NotInKernelException("the members that the events are grouped by differ between the probes");
        }
        if (records[0].KeyEnd > MostKeyBytes)
        {
            throw new NotInKernelException($"the keys have more than {MostKeyBytes} bytes");
        }
        return new(classes[0], records[0].Size, records[0].KeyEnd,
            [.. classes.Select(made => (IReadOnlyList<MeasuredValue>)[.. measure.Values.Select(one => Value(one, made))])]);
    }

    private static string Key(TracedRecord record) =>
        string.Join(';', record.Members.Where(member => record.OffsetOf(member) < record.KeyEnd)
            .Select(member => $"{member.Name} {member.Type} {record.OffsetOf(member)}"));

    private static MeasuredValue Value(ProbeMeasuredValue wanted, RecordClass made)
    {
        var quantity = new NumberTranslator(new RecordPlaces(made)).Of(wanted.Value.Expression);
        var isDuration = quantity.Type == typeof(TimeSpan);
        if (quantity.Divisors.Count > 0 || !isDuration && (!quantity.IsDirect || quantity.Type == typeof(bool) || quantity.Type.IsEnum))
        {
            throw new NotInKernelException($"'{wanted.Value.Expression.Text}' is not a whole number that the kernel adds up");
        }
        var width = wanted.SlotWidth switch
        {
            null => (long?)null,
            TimeSpan duration when isDuration && duration.Ticks > 0 => duration.Ticks,
            double number when !isDuration && number is >= 1 and < int.MaxValue && Math.Floor(number) == number => (long)number,
            _ => throw new NotInKernelException("the width of the slots is not a whole number"),
        };
        return new MeasuredValue(quantity.Base, isDuration, wanted.HasExtremes || wanted.HasHistogram, wanted.HasHistogram, width);
    }
}
