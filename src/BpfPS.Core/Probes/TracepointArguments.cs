namespace BpfPS.Probes;

/// <summary>Gives the fields of a tracepoint their meaning: from their types, and from how the kernel prints them.</summary>
internal static class TracepointArguments
{
    private const uint IPv4Size = 4;
    private const uint IPv6Size = 16;
    private const uint MacSize = 6;
    private const uint UuidSize = 16;

    /// <summary>
    /// The arguments of a tracepoint in the format's order, without those that every tracepoint has. Their offsets are those of the
    /// program's context, which are the format's.
    /// </summary>
    /// <param name="format">The format.</param>
    /// <param name="types">The kernel's types.</param>
    public static IReadOnlyList<ProbeArgument> Of(TracepointFormat format, ProbeTypes types)
    {
        var print = PrintFormat.Parse(format.PrintText, types.Constant);
        return format.Fields.Where(field => !field.IsCommon).Select(field => Typed(field, print, types)).ToArray();
    }

    private static ProbeArgument Typed(TracepointField field, PrintFormat print, ProbeTypes types)
    {
        var type = NumberType.Of(field.TypeText, types);
        var argument = new ProbeArgument(field.Name, field.TypeText, ArgumentKind.Opaque, field.Offset, field.Size);
        if (field.IsDataLoc || field.IsRelLoc)
        {
            return field.IsDataLoc && field.Size == 4 ? Located(argument, field, print, type) : argument;
        }
        if (field.IsArray)
        {
            return InPlace(argument, field, print, type);
        }
        if (field.Size is not (1 or 2 or 4 or 8))
        {
            return Struct(argument, types);
        }
        if (type is { IsPointer: true } && field.Size == 8)
        {
            return Pointer(argument, field, print);
        }
        var number = argument with { Kind = ArgumentKind.Number, IsSigned = field.IsSigned };
        if (NumberType.Bare(field.TypeText) is "struct" || field.TypeText.StartsWith("struct ", StringComparison.Ordinal))
        {
            return Struct(argument, types);
        }
        var conversions = print.ConversionsOf(field.Name);
        return Named(number, print, type) is { } named ? named
            : type is { IsBool: true } ? number with { Kind = ArgumentKind.Boolean }
            : print.IsDevice(field.Name) && field.Size == 4 ? number with { Kind = ArgumentKind.Device }
            : field.Size == 8 && FunctionOrAddress(conversions) is { } kind ? number with { Kind = kind }
            : field.Size == IPv4Size && Prints(conversions, "pI4", "pi4") ? number with { Kind = ArgumentKind.IPv4 }
            : field.Size == 1 && conversions.Contains("c") ? number with { Kind = ArgumentKind.Character }
            : NumberType.Bare(field.TypeText) == "umode_t" ? number with { Kind = ArgumentKind.FileMode }
            : NumberType.Bare(field.TypeText) == "dev_t" && field.Size == 4 ? number with { Kind = ArgumentKind.Device }
            : number;
    }

    /// <summary>A number with the names that the print format has for it, or else with those of its enum; null if it has none.</summary>
    private static ProbeArgument? Named(ProbeArgument number, PrintFormat print, NumberType? type)
    {
        var tables = print.TablesOf(number.Name);
        var mask = number.Size == 8 ? ulong.MaxValue : (1UL << (int)(number.Size * 8)) - 1;
        var missing = tables.Any(table => table.IsPart) ? "the names of some of its bits"
            : tables.Any(table => table.Unread.Count > 0) ? "the names of some of its values" : null;
        if (tables.FirstOrDefault(table => !table.IsPart && table.Names.Count > 0) is { } whole)
        {
            var names = whole.Names.Where(name => !whole.AreFlags || name.Value == 0 || (name.Value & mask & whole.Mask) != 0)
                .Select(name => (name.Name, whole.AreFlags ? name.Value & mask : Widened(name.Value, number))).ToArray();
            return number with { Names = names, AreFlags = whole.AreFlags, Missing = missing };
        }
        return type?.Names is { } values ? number with { Names = values }
            : missing is null ? null : number with { Missing = missing };
    }

    /// <summary>A value as the number has it when it is widened to 64 bits.</summary>
    private static ulong Widened(ulong value, ProbeArgument number) => unchecked((number.Size, number.IsSigned) switch
    {
        (1, true) => (ulong)(sbyte)value,
        (1, false) => (byte)value,
        (2, true) => (ulong)(short)value,
        (2, false) => (ushort)value,
        (4, true) => (ulong)(int)value,
        (4, false) => (uint)value,
        _ => value,
    });

    private static ProbeArgument Pointer(ProbeArgument argument, TracepointField field, PrintFormat print)
    {
        var address = argument with { Kind = FunctionOrAddress(print.ConversionsOf(field.Name)) ?? ArgumentKind.Address };
        return address.Kind == ArgumentKind.Address && StructOf(field.TypeText) is { } name
            ? address with { Kind = ArgumentKind.KernelStruct, StructName = name } : address;
    }

    /// <summary>The struct that a type points to directly; null if it points to something else.</summary>
    internal static string? StructOf(string typeText)
    {
        var words = NumberType.Bare(typeText.Replace("*", " * ", StringComparison.Ordinal)).Split(' ');
        return words is ["struct" or "union", var name, "*"] ? name : null;
    }

    private static ArgumentKind? FunctionOrAddress(IReadOnlyList<string> conversions) =>
        conversions.Any(IsFunction) ? ArgumentKind.FunctionAddress
        : conversions.Any(conversion => conversion[0] == 'p') ? ArgumentKind.Address : null;

    private static bool IsFunction(string conversion) =>
        conversion.StartsWith("pS", StringComparison.Ordinal) || conversion.StartsWith("ps", StringComparison.Ordinal)
        || conversion.StartsWith("pB", StringComparison.Ordinal);

    private static bool Prints(IReadOnlyList<string> conversions, params string[] beginnings) =>
        conversions.Any(conversion => beginnings.Any(beginning => conversion.StartsWith(beginning, StringComparison.Ordinal)));

    private static ProbeArgument InPlace(ProbeArgument argument, TracepointField field, PrintFormat print, NumberType? type)
    {
        var conversions = print.ConversionsOf(field.Name);
        var element = field.Count > 0 && field.Size % field.Count == 0 ? field.Size / field.Count : type?.Size ?? 0;
        if (field.Size == 0 || element == 0 || field.Size % element != 0)
        {
            return argument;
        }
        var array = argument with { Count = field.Size / element, ElementSize = element, IsSigned = type?.IsSigned ?? field.IsSigned };
        if (element != 1)
        {
            return element is 2 or 4 or 8 ? array with { Kind = ArgumentKind.Numbers } : argument;
        }
        var kind = field.Size == IPv4Size && Prints(conversions, "pI4", "pi4") ? ArgumentKind.IPv4
            : field.Size == IPv6Size && Prints(conversions, "pI6", "pi6") ? ArgumentKind.IPv6
            : Prints(conversions, "pIS", "piS") ? ArgumentKind.SocketAddress
            : field.Size == MacSize && Prints(conversions, "pM", "pm") ? ArgumentKind.Mac
            : field.Size == UuidSize && Prints(conversions, "pU") ? ArgumentKind.Uuid
            : IsText(field.TypeText, conversions) ? ArgumentKind.Text : ArgumentKind.Bytes;
        return array with { Kind = kind, IsSigned = false };
    }

    private static bool IsText(string typeText, IReadOnlyList<string> conversions) =>
        conversions.Contains("s") || (NumberType.Bare(typeText) == "char" && !Prints(conversions, "p"));

    private static ProbeArgument Located(ProbeArgument argument, TracepointField field, PrintFormat print, NumberType? type)
    {
        var conversions = print.ConversionsOf(field.Name);
        var element = type?.Size ?? 0;
        if (field.TypeText.StartsWith("cpumask", StringComparison.Ordinal))
        {
            return argument with { Kind = ArgumentKind.LocatedBits, ElementSize = 8 };
        }
        var kind = Prints(conversions, "pIS", "piS") ? ArgumentKind.LocatedSocketAddress
            : element == 1 && IsText(field.TypeText, conversions) ? ArgumentKind.LocatedText
            : element == 1 ? ArgumentKind.LocatedBytes
            : element is 2 or 4 or 8 ? ArgumentKind.LocatedNumbers : ArgumentKind.Opaque;
        return kind == ArgumentKind.Opaque ? argument
            : argument with { Kind = kind, ElementSize = element, IsSigned = element > 1 && type!.IsSigned };
    }

    private static ProbeArgument Struct(ProbeArgument argument, ProbeTypes types)
    {
        var name = NumberType.Bare(argument.TypeText);
        foreach (var keyword in new[] { "struct ", "union " })
        {
            name = name.StartsWith(keyword, StringComparison.Ordinal) ? name[keyword.Length..] : name;
        }
        return types.Struct(name) is { } composite && composite.Size == argument.Size
            ? argument with { Kind = ArgumentKind.Struct, StructName = name } : argument;
    }
}
