using System.Runtime.CompilerServices;
using BpfPS.Records;

namespace BpfPS.Events;

/// <summary>Where the records of a buffer have their time: their first member that is one.</summary>
// unsafe: a record has at least the minimum size of its class, which contains the member.
internal sealed unsafe class RecordTimes
{
    private readonly Dictionary<RecordClass, nint> _offsets = new(ReferenceEqualityComparer.Instance);

    private RecordTimes()
    {
    }

    /// <summary>Finds the times.</summary>
    /// <param name="name">The buffer's name, for the error.</param>
    /// <param name="classes">The classes that are known; of others the times are found as they come.</param>
    /// <exception cref="BpfException">None of them has a time.</exception>
    public static RecordTimes Of(string name, IReadOnlyList<RecordClass> classes)
    {
        var times = new RecordTimes();
        if (classes.Count > 0 && classes.All(made => times.OffsetIn(made) < 0))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"The events of '{VisibleText.Escape(name)}' have no time by which they "
                + "could be put in order.", "Declare a member of their struct with the type bpfps_time_t of bpfps.h.");
        }
        return times;
    }

    /// <summary>The time of a record in nanoseconds since boot; 0 if it has none.</summary>
    /// <param name="made">The record's class.</param>
    /// <param name="data">Its address.</param>
    public ulong Of(RecordClass made, nint data) =>
        OffsetIn(made) is var offset and >= 0 ? Unsafe.ReadUnaligned<ulong>((void*)(data + offset)) : 0;

    private nint OffsetIn(RecordClass made)
    {
        if (!_offsets.TryGetValue(made, out var offset))
        {
            _offsets[made] = offset = made.Fields.FirstOrDefault(field => field.Shape is ReadShape { Reader: nameof(RecordReader.Time) })
                is { } time ? (nint)time.Offset : -1;
        }
        return offset;
    }
}
