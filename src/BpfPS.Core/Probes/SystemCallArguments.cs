using BpfPS.Btf;
using BpfPS.Records;

namespace BpfPS.Probes;

/// <summary>
/// Gives the arguments of system calls their meaning. Each has a place of eight bytes in the program's context, of which as many count
/// as its type has; the format says neither that nor whether it is signed.
/// </summary>
internal static class SystemCallArguments
{
    private const uint Place = 8;

    // They return an address, so that a result above the highest number with a sign is none of an error.
    private static readonly string[] s_returnAddress = ["mmap", "mmap_pgoff", "mremap", "brk", "shmat"];

    private static readonly string[] s_openFlags = ["open.flags", "openat.flags", "mq_open.oflag"];

    /// <summary>The arguments of a system call in order, without its number.</summary>
    /// <param name="systemCall">The system call, as tracefs names it.</param>
    /// <param name="entry">The format of the tracepoint of its entry.</param>
    /// <param name="types">The kernel's types.</param>
    public static IReadOnlyList<ProbeArgument> Of(string systemCall, TracepointFormat entry, ProbeTypes types)
    {
        // Newer kernels add what arguments point to ("__data_loc char[] __filename_val"), which is not in a program's context.
        var fields = entry.Fields.Where(field => !field.IsCommon && !field.IsDataLoc && field.Name != "__syscall_nr"
            && !(field.Name.StartsWith("__", StringComparison.Ordinal) && field.Name.EndsWith("_val", StringComparison.Ordinal))).ToArray();
        return fields.Select(field => Typed(systemCall, field, types)).ToArray();
    }

    /// <summary>What a system call returns.</summary>
    /// <param name="systemCall">The system call, as tracefs names it.</param>
    /// <param name="exit">The format of the tracepoint of its return.</param>
    /// <exception cref="BpfException">The format has no result.</exception>
    public static ProbeArgument Result(string systemCall, TracepointFormat exit)
    {
        var field = exit.Fields.FirstOrDefault(field => field.Name == "ret" && field.Size == Place) ?? throw new BpfException(
            BpfErrorKind.InvalidData, $"The format of the tracepoint '{VisibleText.Escape(exit.Name)}' has no result.");
        var isAddress = s_returnAddress.Contains(systemCall);
        return new(field.Name, field.TypeText, isAddress ? ArgumentKind.AddressResult : ArgumentKind.SystemCallResult, field.Offset,
            field.Size) { IsSigned = !isAddress };
    }

    private static ProbeArgument Typed(string systemCall, TracepointField field, ProbeTypes types)
    {
        var argument = new ProbeArgument(field.Name, field.TypeText, ArgumentKind.Opaque, field.Offset, field.Size);
        if (field.Size != Place || field.IsArray || NumberType.Of(field.TypeText, types) is not { } type)
        {
            return argument;
        }
        if (SystemCallBuffers.Of(systemCall, field.Name) is { } buffer)
        {
            return argument with
            {
                Kind = buffer.Kind, LengthArgument = buffer.Length, IsFilled = buffer.IsFilled,
                StructName = buffer.Kind == ArgumentKind.UserSocketAddress ? "sockaddr" : null,
            };
        }
        if (type.IsPointer)
        {
            return Pointer(argument, types);
        }
        var number = argument with
        {
            Kind = type.IsBool ? ArgumentKind.Boolean
                : NumberType.Bare(field.TypeText) == "umode_t" ? ArgumentKind.FileMode : ArgumentKind.Number,
            Size = type.Size, IsSigned = type.IsSigned, Names = type.Names ?? [],
        };
        return !s_openFlags.Contains($"{systemCall}.{field.Name}") ? number : number with
        {
            Kind = ArgumentKind.OpenFlags, AreFlags = true,
            Names = OpenFlagNames.Enum.Values.Select(flag => (flag.Key, (ulong)flag.Value)).ToArray(),
        };
    }

    private static ProbeArgument Pointer(ProbeArgument argument, ProbeTypes types)
    {
        var words = NumberType.Bare(argument.TypeText.Replace("*", " * ", StringComparison.Ordinal)).Split(' ');
        var target = string.Join(' ', words.SkipLast(1));
        return words switch
        {
            ["char", "*"] => argument with { Kind = ArgumentKind.UserText },
            ["char", "*", "*"] => argument with { Kind = ArgumentKind.UserTextList },
            ["struct", "sockaddr", "*"] => argument with { Kind = ArgumentKind.UserSocketAddress, StructName = "sockaddr" },
            ["struct" or "union", var name, "*"] => argument with { Kind = ArgumentKind.UserStruct, StructName = name },
            [.., "*", "*"] or ["void", "*"] => argument with { Kind = ArgumentKind.Address },
            [.., "*"] when NumberType.Of(target, types) is { IsPointer: false } number => argument with
            {
                Kind = ArgumentKind.UserNumber, ElementSize = number.Size, IsSigned = number.IsSigned,
            },
            [var typedef, "*"] => Typedef(argument, typedef, types),
            [var typedef] => Typedef(argument, typedef, types),
            _ => argument with { Kind = ArgumentKind.Address },
        };
    }

    /// <summary>
    /// The struct behind a typedef, or behind a typedef of a pointer. Its name is its own, or that of the typedef if it has none.
    /// </summary>
    private static ProbeArgument Typedef(ProbeArgument argument, string name, ProbeTypes types)
    {
        if (types.Typedef(name) is not { } typedef)
        {
            return argument with { Kind = ArgumentKind.Address };
        }
        var target = types.All.Resolve(typedef.Id) is BtfReference { Kind: BtfKind.Pointer } pointer
            ? types.All.SkipModifiers(pointer.Target) : typedef;
        return types.All.Resolve(target.Id) is BtfComposite composite
            ? argument with { Kind = ArgumentKind.UserStruct, StructName = composite.Name.Length > 0 ? composite.Name : target.Name }
            : argument with { Kind = ArgumentKind.Address };
    }
}
