using System.Globalization;
using BpfPS.Probes;

namespace BpfPS.Generation;

/// <summary>The members of an event that are the arguments of its probe.</summary>
/// <param name="types">The types of the object.</param>
/// <param name="probe">The probe's name in events.</param>
/// <param name="textBytes">The room for each text, in bytes.</param>
/// <param name="kernel">The kernel's types, for structs; null to give their addresses only.</param>
internal sealed class ArgumentMembers(EventTypes types, string probe, uint textBytes, ProbeTypes? kernel = null)
{
    private const uint MostBytes = 64; // of what has no length of its own, and of buffers
    private const uint MostStruct = 256;

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
            ArgumentKind.KernelStruct when Pointed(name, argument, value) is { } member => member,
            ArgumentKind.Struct or ArgumentKind.UserStruct when Struct(name, argument, value, place) is { } member => member,
            ArgumentKind.UserTextList => new(name, types.Counted(types.Text(TextListSource.TextBytes), TextListSource.TextBytes,
                TextListSource.Most), TextListSource.Size, 8, new TextListSource(value)),
            ArgumentKind.Address or ArgumentKind.AddressResult or ArgumentKind.FunctionAddress or ArgumentKind.KernelStruct
                or ArgumentKind.UserStruct or ArgumentKind.UserBytes when size == sizeof(ulong) =>
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

    /// <summary>What is looked at behind a pointer to a struct of the kernel; null if nothing is, or the struct is not known.</summary>
    private TracedMember? Pointed(string name, ProbeArgument argument, ProbeValue value)
    {
        var chains = types.Chains.Where(chain => chain.Count > 1 && chain[0].Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(chain => (IReadOnlyList<string>)[.. chain.Skip(1)]).ToArray();
        return kernel is null || argument.StructName is null || chains.Length == 0 ? null
            : new PointedMembers(types, kernel, textBytes).Of(name, $"{probe}_{name}", value, argument.StructName, chains);
    }

    /// <summary>The member of bytes of the process whose number is known.</summary>
    /// <param name="argument">The argument, which points to them.</param>
    /// <param name="value">The argument itself.</param>
    /// <param name="count">How many there are.</param>
    public TracedMember Bytes(ProbeArgument argument, ProbeValue value, ByteCount count) =>
        Counted(argument.Name, types.Unsigned(1), 1, new CountedSource(value, count, 1, IsOfUser: true));

    /// <summary>A struct in place, or of the process; null if it is not known here, or too large.</summary>
    private TracedMember? Struct(string name, ProbeArgument argument, ProbeValue value, int? place)
    {
        var isPlaced = argument.Kind == ArgumentKind.Struct;
        return isPlaced && place is null || argument.StructName is null
            || kernel?.Struct(argument.StructName) is not { Size: > 0 and <= MostStruct } type ? null
            : new(name, types.Copied(kernel.All, type.Id), type.Size, type.Size % sizeof(ulong) == 0 ? 8 : type.Size % 4 == 0 ? 4u : 1,
                isPlaced ? new ContextBytesSource(place!.Value) : new BytesSource(value, IsOfUser: true));
    }

    private TracedMember Counted(string name, uint element, uint size, MemberSource source) => new(name,
        types.Counted(element, size, MostBytes / size), EventTypes.CountedStart + MostBytes, 8, source);

    private TracedMember InContext(string name, ProbeArgument argument, int place)
    {
        var located = new LocatedAddress(place);
        return argument.Kind switch
        {
            ArgumentKind.LocatedText => new(name, types.Text(textBytes), textBytes, 1, new TextSource(located, IsOfUser: false)),
            ArgumentKind.LocatedNumbers or ArgumentKind.LocatedBytes or ArgumentKind.LocatedBits => Counted(name,
                Number(argument.ElementSize, argument.IsSigned), argument.ElementSize,
                new CountedSource(located, new LocatedCount(place), (int)argument.ElementSize, IsOfUser: false)),
            ArgumentKind.LocatedSocketAddress => new(name, types.Endpoint, 18, 2, new EndpointSource(located, IsOfUser: false)),
            ArgumentKind.SocketAddress => new(name, types.Endpoint, 18, 2, new EndpointSource(new ContextAddress(place), IsOfUser: false)),
            ArgumentKind.Text => InPlace(types.Text(argument.Size), 1),
            ArgumentKind.Numbers => InPlace(types.Array(Number(argument.ElementSize, argument.IsSigned), argument.Count),
                argument.ElementSize),
            ArgumentKind.IPv4 => InPlace(types.IPv4, sizeof(uint)),
            ArgumentKind.IPv6 => InPlace(types.IPv6, 1),
            ArgumentKind.Uuid => InPlace(types.Uuid, 1),
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
