using BpfPS.Btf;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Support;

/// <summary>Decodes bytes as a test sees them: by type, and member by member.</summary>
internal static class Decoded
{
    /// <summary>An event of that struct from bytes behind which nothing can be read.</summary>
    public static BpfRecord Event(BtfTypes btf, uint type, params byte[] bytes) => Event(RecordClasses.ForEvent(btf, type), bytes);

    public static BpfRecord Event(RecordClass recordClass, params byte[] bytes)
    {
        Assert.True(bytes.Length >= recordClass.MinimumLength,
            $"the class wants {recordClass.MinimumLength} bytes, the test has {bytes.Length}");
        using var guarded = new GuardedBytes(bytes);
        return recordClass.Decode(guarded.Address, 0, bytes.Length);
    }

    /// <summary>An event with one member called "member".</summary>
    public static object? Member(Func<BtfBuilder, uint> type, params byte[] bytes)
    {
        var btf = new BtfBuilder();
        var id = btf.Struct("one_member", (uint)bytes.Length, new Member("member", type(btf), 0));
        return Get(Event(btf.Parse(), id, bytes), "member");
    }

    public static object? Get(object record, string member) =>
        (record.GetType().GetProperty(member) ?? throw new ArgumentException($"{record.GetType()} has no member {member}"))
            .GetValue(record);

    public static T Get<T>(object record, string member) => Assert.IsType<T>(Get(record, member));

    /// <summary>The names of the members, in their order.</summary>
    public static string[] Names(Type type) => [.. type.GetProperties(System.Reflection.BindingFlags.DeclaredOnly
        | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance).Select(property => property.Name)];
}
