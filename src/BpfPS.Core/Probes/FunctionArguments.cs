using System.Globalization;
using BpfPS.Btf;

namespace BpfPS.Probes;

/// <summary>
/// Gives the parameters of a kernel function their meaning, from BTF. Offset is the number of the register, or of the eight bytes in a
/// program's context: a struct by value can take two.
/// </summary>
internal static class FunctionArguments
{
    private const uint Register = 8;
    private const string UserTag = "user";

    /// <summary>The parameters of a function, without the mark that there can be more of them ("...").</summary>
    /// <param name="prototype">The function's type.</param>
    /// <param name="types">The kernel's types.</param>
    /// <param name="skipped">How many parameters at the start are not arguments.</param>
    public static IReadOnlyList<ProbeArgument> Of(BtfFunctionPrototype prototype, ProbeTypes types, int skipped = 0)
    {
        var arguments = new List<ProbeArgument>();
        uint register = 0;
        foreach (var (name, type) in prototype.Parameters.Skip(skipped).Where(parameter => parameter.Value != 0))
        {
            arguments.Add(Typed(name.Length > 0 ? name : string.Create(CultureInfo.InvariantCulture, $"arg{arguments.Count}"), type,
                register, types));
            register += Registers(types.All.SizeOf(type));
        }
        return arguments;
    }

    /// <summary>What a function returns; null if that is nothing.</summary>
    /// <param name="prototype">The function's type.</param>
    /// <param name="types">The kernel's types.</param>
    public static ProbeArgument? Result(BtfFunctionPrototype prototype, ProbeTypes types) => types.All.Resolve(prototype.Result) is BtfVoid
        ? null : Typed("ret", prototype.Result, (uint)prototype.Parameters.Where(parameter => parameter.Value != 0)
            .Sum(parameter => Registers(types.All.SizeOf(parameter.Value))), types);

    // A value of up to 16 bytes is in one or two registers. A larger one is on the stack, and an empty struct is nowhere.
    private static uint Registers(uint size) => size is 0 or > 2 * Register ? 0 : size > Register ? 2u : 1;

    private static ProbeArgument Typed(string name, uint type, uint index, ProbeTypes types)
    {
        var text = types.All.Describe(type);
        var argument = new ProbeArgument(name, text, ArgumentKind.Opaque, index, Register);
        switch (types.All.Resolve(type))
        {
            case BtfInt { IsBool: true }:
                return argument with { Kind = ArgumentKind.Boolean, Size = 1 };
            case BtfInt { Size: 1 or 2 or 4 or 8 } number:
                return argument with { Kind = Meaning(text), Size = number.Size, IsSigned = number.IsSigned };
            case BtfEnum values:
                return argument with
                {
                    Kind = ArgumentKind.Number, Size = values.Size, IsSigned = values.IsSigned,
                    Names = values.Values.Select(value => (value.Key, unchecked((ulong)value.Value))).ToArray(),
                };
            case BtfReference { Kind: BtfKind.Pointer } pointer:
                return Pointer(argument, pointer, types.All);
            case BtfComposite { Size: > 0 and <= 2 * Register } small:
                return argument with { Kind = ArgumentKind.Struct, Size = small.Size, StructName = NameOf(small, type, types.All) };
            case BtfComposite composite: // on the stack, where programs cannot read it
                return argument with { Size = composite.Size, StructName = NameOf(composite, type, types.All) };
            default:
                return argument;
        }
    }

    private static ArgumentKind Meaning(string typeText) => NumberType.Bare(typeText) switch
    {
        "dev_t" => ArgumentKind.Device,
        "umode_t" => ArgumentKind.FileMode,
        _ => ArgumentKind.Number,
    };

    private static ProbeArgument Pointer(ProbeArgument argument, BtfReference pointer, BtfTypes types)
    {
        var isUser = false;
        var isConst = false;
        var target = types[pointer.Target];
        while (target is BtfReference { Kind: BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag } modifier)
        {
            isUser |= modifier is { Kind: BtfKind.TypeTag, Name: UserTag };
            isConst |= modifier.Kind == BtfKind.Const;
            target = types[modifier.Target];
        }
        return types.Resolve(target.Id) switch
        {
            // What is not const can be room to be filled, so only const is taken for text.
            BtfInt { IsCharacter: true } when isConst => argument with
            {
                Kind = isUser ? ArgumentKind.UserText : ArgumentKind.KernelText,
            },
            BtfComposite composite when NameOf(composite, target.Id, types) is { } name => argument with
            {
                Kind = isUser ? ArgumentKind.UserStruct : ArgumentKind.KernelStruct, StructName = name,
            },
            BtfForward forward => argument with { Kind = ArgumentKind.Address, StructName = forward.Name },
            BtfInt { IsCharacter: false, Size: 1 or 2 or 4 or 8 } number => argument with
            {
                Kind = isUser ? ArgumentKind.UserNumber : ArgumentKind.KernelNumber, ElementSize = number.Size, IsSigned = number.IsSigned,
            },
            BtfEnum values => argument with
            {
                Kind = isUser ? ArgumentKind.UserNumber : ArgumentKind.KernelNumber, ElementSize = values.Size, IsSigned = values.IsSigned,
            },
            BtfFunctionPrototype => argument with { Kind = ArgumentKind.FunctionAddress },
            _ => argument with { Kind = ArgumentKind.Address },
        };
    }

    /// <summary>The name of a struct, or of a typedef for one without; null if it has neither.</summary>
    private static string? NameOf(BtfComposite composite, uint type, BtfTypes types)
    {
        if (composite.Name.Length > 0)
        {
            return composite.Name;
        }
        return types.SkipModifiers(type) is BtfReference { Kind: BtfKind.Typedef } typedef ? typedef.Name : null;
    }
}
