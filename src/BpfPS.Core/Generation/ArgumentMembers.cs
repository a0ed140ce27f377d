using System.Globalization;
using BpfPS.Probes;

namespace BpfPS.Generation;

/// <summary>The members of an event that are the arguments of its probe.</summary>
/// <param name="types">The types of the object.</param>
/// <param name="probe">The probe's name in events.</param>
/// <param name="textBytes">The room for each text, in bytes.</param>
internal sealed class ArgumentMembers(EventTypes types, string probe, uint textBytes)
{
    private const uint MostBytes = 64; // of what has no length of its own

    /// <summary>The member of an argument.</summary>
    /// <param name="argument">The argument.</param>
    /// <param name="value">The argument itself: a number or an address.</param>
    /// <param name="place">Where it lies in the program's context, in bytes; null if only its value can be had.</param>
    public TracedMember Of(ProbeArgument argument, ProbeValue value, int? place)
    {
        var name = CommonMembers.Names.Contains(argument.Name) ? $"arg_{argument.Name}" : argument.Name;
        var size = argument.Size;
        return argument.Kind switch
        {
            ArgumentKind.Number when Enum(name, argument) is { } type => Plain(type),
            ArgumentKind.Number or ArgumentKind.FileMode => Plain(Number(size, argument.IsSigned)),
            ArgumentKind.SystemCallResult => Plain(types.Signed(size)),
            ArgumentKind.Boolean => new(name, types.Boolean, 1, 1, new ValueSource(value)),
            ArgumentKind.Device when size == sizeof(uint) => Plain(types.Device),
            ArgumentKind.OpenFlags when size == sizeof(uint) => Plain(types.OpenFlags),
            ArgumentKind.Character => new(name, types.Text(1), 1, 1, new ValueSource(value)),
            ArgumentKind.Address or ArgumentKind.AddressResult or ArgumentKind.FunctionAddress or ArgumentKind.KernelStruct
                or ArgumentKind.UserStruct or ArgumentKind.UserBytes or ArgumentKind.UserTextList when size == sizeof(ulong) =>
                Plain(types.Address),
            ArgumentKind.UserText => new(name, types.Text(textBytes), textBytes, 1, new TextSource(value, IsOfUser: true)),
            ArgumentKind.KernelText => new(name, types.Text(textBytes), textBytes, 1, new TextSource(value, IsOfUser: false)),
            ArgumentKind.UserSocketAddress => new(name, types.Endpoint, 18, 2, new EndpointSource(value)),
            ArgumentKind.UserNumber or ArgumentKind.KernelNumber when argument.ElementSize is 1 or 2 or 4 or 8 =>
                new(name, Number(argument.ElementSize, argument.IsSigned), argument.ElementSize, argument.ElementSize,
                    new BytesSource(value, argument.Kind == ArgumentKind.UserNumber)),
            _ when place is { } at => InContext(name, argument, at),
            _ => new(name, types.Address, sizeof(ulong), sizeof(ulong), new ValueSource(value)),
        };

        TracedMember Plain(uint type) => new(name, type, size, size, new ValueSource(value));
    }

    private TracedMember InContext(string name, ProbeArgument argument, int place)
    {
        var located = new LocatedAddress(place);
        return argument.Kind switch
        {
            ArgumentKind.LocatedText => new(name, types.Text(textBytes), textBytes, 1, new TextSource(located, IsOfUser: false)),
            ArgumentKind.LocatedBits => new(name, types.Unsigned(8), 8, 8, new BytesSource(located, IsOfUser: false)),
            ArgumentKind.LocatedNumbers or ArgumentKind.LocatedBytes or ArgumentKind.LocatedSocketAddress =>
                Bytes(MostBytes, new BytesSource(located, IsOfUser: false)),
            ArgumentKind.Text => InPlace(types.Text(argument.Size), 1),
            ArgumentKind.Numbers => InPlace(types.Array(Number(argument.ElementSize, argument.IsSigned), argument.Count),
                argument.ElementSize),
            ArgumentKind.IPv4 => InPlace(types.IPv4, sizeof(uint)),
            ArgumentKind.IPv6 => InPlace(types.IPv6, 1),
            ArgumentKind.Mac => InPlace(types.Mac, 1),
            _ when argument.Size > 0 => Bytes(argument.Size, new ContextBytesSource(place)),
            _ => Bytes(MostBytes, new ContextBytesSource(place)),
        };

        TracedMember InPlace(uint type, uint align) => new(name, type, argument.Size, align, new ContextBytesSource(place));

        TracedMember Bytes(uint size, MemberSource source) => new(name, types.Array(types.Unsigned(1), size), size, 1, source);
    }

    private uint Number(uint size, bool isSigned) => isSigned ? types.Signed(size) : types.Unsigned(size);

    /// <summary>The enum of an argument's names; null if it has none, or values that do not fit an enum.</summary>
    private uint? Enum(string name, ProbeArgument argument)
    {
        var names = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (text, value) in argument.Names)
        {
            _ = names.TryAdd(Identifier(text), unchecked((long)value));
        }
        var isWide = argument.Size == sizeof(ulong);
        var isSigned = names.Values.Any(value => value < 0) && !(isWide && !argument.IsSigned);
        return names.Count == 0 || !isWide && names.Values.Any(value => value > (isSigned ? int.MaxValue : uint.MaxValue)
            || value < (argument.IsSigned ? int.MinValue : 0)) ? null
            : types.Enum($"{probe}_{name}", argument.Size, [.. names], isSigned, argument.AreFlags);
    }

    /// <summary>A name as BTF takes it: letters, digits and underscores, and no digit first.</summary>
    public static string Identifier(string text)
    {
        var name = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return name.Length == 0 ? "_" : char.IsAsciiDigit(name[0]) ? string.Create(CultureInfo.InvariantCulture, $"_{name}") : name;
    }
}
