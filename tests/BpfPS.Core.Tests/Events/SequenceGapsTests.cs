using BpfPS.Core.Tests.Support;
using BpfPS.Events;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Events;

/// <summary>What the numbers of a sequence member tell of events that did not come.</summary>
public class SequenceGapsTests
{
    [Theory]
    [InlineData(new ulong[] { }, 0)]
    [InlineData(new ulong[] { 7 }, 0)]
    [InlineData(new ulong[] { 7, 8, 9, 10 }, 0)]
    [InlineData(new ulong[] { 7, 8, 9, 13, 14 }, 3)]
    [InlineData(new ulong[] { 0, 1, 2, 4, 5, 6, 10, 11 }, 4)]
    [InlineData(new ulong[] { 0, 1, 2, 4, 3, 5, 6, 7, 8 }, 0)] // two CPUs, one of which was faster
    [InlineData(new ulong[] { 4, 5, 6, 3, 7, 8, 9, 12 }, 2)]
    public void What_is_missing_between_the_first_and_the_last_number_was_lost(ulong[] numbers, ulong missing) =>
        Assert.Equal(missing, Missing("sequence", 8, numbers));

    [Theory]
    [InlineData(new ulong[] { 1000, 2448, 3896, 5344, 6792 })] // the bytes of a connection
    [InlineData(new ulong[] { 0, 0, 1, 1, 2, 2, 3, 3 })] // a number for each CPU
    [InlineData(new ulong[] { 5, 5, 5, 5 })]
    [InlineData(new ulong[] { 0, 1, 0, 1, 0, 1, 0, 1 })]
    public void Numbers_that_do_not_number_the_events_tell_nothing(ulong[] numbers) =>
        Assert.Equal(0UL, Missing("sequence", 8, numbers));

    [Theory]
    [InlineData("seq", 4, true)]
    [InlineData("Sequence", 8, true)]
    [InlineData("seq", 2, false)]
    [InlineData("sequences", 8, false)]
    public void The_member_has_one_of_two_names_and_is_wide_enough(string name, uint size, bool isOne) =>
        Assert.Equal(isOne ? 1UL : null, MissingOrNull(name, size, [1, 2, 4, 5]));

    private static ulong Missing(string name, uint size, ulong[] numbers) => MissingOrNull(name, size, numbers)!.Value;

    private static ulong? MissingOrNull(string name, uint size, ulong[] numbers)
    {
        var btf = new BtfBuilder();
        var word = btf.Int("word", 4);
        var type = btf.Struct("numbered", 8 + size, new Member("before", word, 0), new Member(name, btf.Int("number", size), 64));
        var gaps = SequenceGaps.Of(RecordClasses.ForEvent(btf.Parse(), type));
        foreach (var number in numbers)
        {
            using var record = new GuardedBytes([.. new byte[8], .. BitConverter.GetBytes(number)[..(int)size]]);
            gaps?.Add(record.Address);
        }
        return gaps?.Missing;
    }
}
