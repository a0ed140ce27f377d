using System.Collections;
using System.Globalization;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Text.Json;
using BpfPS.Records;

namespace BpfPS.Maps;

/// <summary>
/// Compares the members of a saved entry with its bytes, where a file has both. Whoever changed one of them in the file meant something
/// by it, and restoring the other would ignore that.
/// </summary>
internal static class SavedBytes
{
    // .NET's times have 100 ns; those of day become boot time by a clock that may have been set between two readings.
    private const int DurationTolerance = 100;
    private const int TimeTolerance = 1_000_000_000;

    /// <summary>The member that says something else than the bytes; null if there is none.</summary>
    /// <param name="layout">The map's layout.</param>
    /// <param name="entry">The entry in the file.</param>
    /// <param name="key">The key's bytes.</param>
    /// <param name="value">The value's bytes.</param>
    // unsafe: the layout's sizes are those of the two spans, which are pinned while they are decoded.
    public static unsafe string? Contradiction(MapLayout layout, JsonElement entry, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        BpfMapEntry decoded;
        fixed (byte* k = key, v = value)
        {
            decoded = layout.Decode((nint)k, (nint)v);
        }
        foreach (var member in entry.EnumerateObject().Where(member => member.Name != BpfSavedMap.BytesProperty))
        {
            var field = layout.Class.Fields.FirstOrDefault(field => field.Name.Equals(member.Name, StringComparison.OrdinalIgnoreCase));
            // What refers to something of this machine is looked up again.
            if (field?.Shape is not ReferenceShape && (field is null || !Agrees(ValueMembers.Get(decoded, field.Name), member.Value)))
            {
                return member.Name;
            }
        }
        return null;
    }

    private static bool Agrees(object? value, JsonElement given) => value switch
    {
        // A time that is zero; older files have it as the moment of the boot.
        null => given.ValueKind == JsonValueKind.Null || IsNumber(given, 0, TimeTolerance),
        bool flag => given.ValueKind == (flag ? JsonValueKind.True : JsonValueKind.False),
        byte[] bytes => IsText(given, Convert.ToHexStringLower(bytes)),
        BpfErrno errno => IsNumber(given, (int)errno, 0),
        Enum literal => IsText(given, literal.ToString()),
        TimeSpan time => IsNumber(given, new BigInteger(time.Ticks) * TimeSpan.NanosecondsPerTick, DurationTolerance),
        DateTime time => IsNumber(given, KernelClock.ToBootTime(time), TimeTolerance),
        float single when float.IsFinite(single) => given.ValueKind == JsonValueKind.Number && given.GetSingle() == single,
        double real when double.IsFinite(real) => given.ValueKind == JsonValueKind.Number && given.GetDouble() == real,
        PhysicalAddress address => IsText(given, string.Join(':',
            address.GetAddressBytes().Select(octet => octet.ToString("x2", CultureInfo.InvariantCulture)))),
        BpfRecord record => given.ValueKind == JsonValueKind.Object && ValueMembers.Of(record)!.ToArray() is var members
            && given.EnumerateObject().All(part => members.FirstOrDefault(member => member.Key == part.Name) is { Key: not null } member
                && Agrees(member.Value, part.Value)),
        string text => IsText(given, text),
        BigInteger or sbyte or byte or short or ushort or int or uint or long or ulong =>
            IsNumber(given, BigInteger.Parse(Convert.ToString(value, CultureInfo.InvariantCulture)!, CultureInfo.InvariantCulture), 0),
        IEnumerable list => given.ValueKind == JsonValueKind.Array && list.Cast<object?>().ToArray() is var items
            && items.Length == given.GetArrayLength() && items.Zip(given.EnumerateArray()).All(pair => Agrees(pair.First, pair.Second)),
        _ => IsText(given, Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""),
    };

    private static bool IsText(JsonElement given, string text) => given.ValueKind == JsonValueKind.String
        && text.Equals(given.GetString(), StringComparison.OrdinalIgnoreCase);

    private static bool IsNumber(JsonElement given, BigInteger number, int tolerance) => given.ValueKind == JsonValueKind.Number
        && BigInteger.TryParse(given.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
        && BigInteger.Abs(whole - number) <= tolerance;
}
