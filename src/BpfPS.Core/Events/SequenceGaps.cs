using System.Runtime.CompilerServices;
using BpfPS.Records;

namespace BpfPS.Events;

/// <summary>
/// What the numbers of a member named seq or sequence tell of events that did not come. The member may number something else, such as
/// the bytes of a connection, so its numbers are believed only if most of them are one more than the one before, and none comes twice.
/// Events that were lost before the first or after the last one that came leave no gap.
/// </summary>
// unsafe: the caller hands in records that have at least the size of their class, which contains the member.
internal sealed unsafe class SequenceGaps
{
    private static readonly string[] s_names = ["seq", "sequence"];

    private readonly bool _isLong;
    private readonly nint _offset;
    private ulong _count;
    private ulong _steps;
    private ulong _first;
    private ulong _last;
    private ulong _previous;

    private SequenceGaps(nint offset, bool isLong) => (_offset, _isLong) = (offset, isLong);

    /// <summary>The number of events that are missing between those that came; 0 if the member is not a sequence after all.</summary>
    public ulong Missing => IsSequence ? _last - _first + 1 - _count : 0;

    // Of two CPUs, one may number an event first and the other one send first, so the numbers need not come in order.
    private bool IsSequence => _count > 1 && _steps * 2 >= _count - 1 && _last - _first + 1 >= _count;

    /// <summary>The gaps in the records of a class; null if it has no such member.</summary>
    public static SequenceGaps? Of(RecordClass made)
    {
        var member = made.Fields.FirstOrDefault(field => s_names.Contains(field.Name, StringComparer.OrdinalIgnoreCase)
            && field.Shape is ScalarShape { Swap: false } shape && (shape.Clr == typeof(uint) || shape.Clr == typeof(ulong)));
        return member is null ? null : new SequenceGaps((nint)member.Offset, member.Shape.Size == sizeof(ulong));
    }

    /// <summary>Looks at the next record.</summary>
    /// <param name="data">Its address.</param>
    public void Add(nint data)
    {
        var number = _isLong ? Unsafe.ReadUnaligned<ulong>((void*)(data + _offset)) : Unsafe.ReadUnaligned<uint>((void*)(data + _offset));
        if (_count++ == 0)
        {
            _first = _last = number;
        }
        else
        {
            _steps += number == _previous + 1 ? 1UL : 0;
            _first = Math.Min(_first, number);
            _last = Math.Max(_last, number);
        }
        _previous = number;
    }
}
