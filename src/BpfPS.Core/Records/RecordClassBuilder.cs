using System.Reflection;
using System.Reflection.Emit;

namespace BpfPS.Records;

/// <summary>
/// Creates a class from shapes: a settable property for each member, and one static method that creates an object
/// directly from memory, without reflection, and without allocations except for the object and its values.
/// </summary>
internal sealed class RecordClassBuilder
{
    private static readonly ModuleBuilder s_module = AssemblyBuilder
        .DefineDynamicAssembly(new AssemblyName("BpfPS.Records"), AssemblyBuilderAccess.Run)
        .DefineDynamicModule("BpfPS.Records");
    private static readonly Lock s_lock = new(); // ModuleBuilder is not thread-safe
    private static readonly Dictionary<string, int> s_names = [];
    private static readonly Dictionary<string, Type> s_enums = []; // one for each definition, so that equal values are equal

    private readonly TypeBuilder _type;
    private readonly ILGenerator _il;

    private RecordClassBuilder(TypeBuilder type, ILGenerator il)
    {
        _type = type;
        _il = il;
    }

    /// <summary>Creates a record class.</summary>
    /// <param name="name">Its full name; a second class with the same name gets a number at the end.</param>
    /// <param name="baseType">Its base class.</param>
    /// <param name="parts">One shape for an event; key and value for a map entry.</param>
    /// <param name="totals">For an entry of a per-CPU map: the totals, as properties before the values.</param>
    public static RecordClass Build(string name, Type baseType, IReadOnlyList<StructShape> parts, PerCpuTotals? totals = null)
    {
        lock (s_lock)
        {
            var (type, fields) = Define(name, baseType, parts, totals);
            var encode = type.GetMethod(RecordEncoderBuilder.MethodName, BindingFlags.Static | BindingFlags.NonPublic);
            totals?.Bind(type);
            return new RecordClass(type, DecoderOf(type), fields, MinimumLength(parts[^1]), parts,
                encode?.CreateDelegate<RecordEncoder>()) { Totals = totals };
        }
    }

    /// <summary>Returns the method that creates objects of a class from here.</summary>
    internal static RecordDecoder DecoderOf(Type type) =>
        type.GetMethod("Decode", BindingFlags.Static | BindingFlags.NonPublic)!.CreateDelegate<RecordDecoder>();

    private static (Type, IReadOnlyList<Field>) Define(string name, Type baseType, IReadOnlyList<StructShape> parts,
        PerCpuTotals? totals = null)
    {
        var type = s_module.DefineType(UniqueName(name), TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.Class, baseType);
        var constructor = type.DefineDefaultConstructor(MethodAttributes.Public);
        var decode = type.DefineMethod("Decode", MethodAttributes.Static | MethodAttributes.Assembly, typeof(BpfRecord),
            [typeof(nint), typeof(nint), typeof(int)]);
        // A stream calls it a million times a second from the start, so tiered compilation would only cost time.
        decode.SetImplementationFlags(MethodImplAttributes.Managed | MethodImplAttributes.AggressiveOptimization);
        var builder = new RecordClassBuilder(type, decode.GetILGenerator());
        builder._il.Emit(OpCodes.Newobj, constructor);
        var encoder = parts.All(part => part.IsExact) ? new RecordEncoderBuilder(type) : null;
        var fields = new List<Field>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var part = 0; part < parts.Count; part++)
        {
            if (part > 0 && totals is not null)
            {
                builder.AddTotals(totals, names);
            }
            foreach (var field in parts[part].Fields)
            {
                // If key and value have a member of the same name, the value's member gets a prefix.
                var property = part > 0 && names.Contains(field.Name) ? $"value_{field.Name}" : field.Name;
                property = ShapeBuilder.Unique(names, property);
                var storage = builder.Add(field with { Name = property }, part);
                encoder?.Add(field, storage, part);
                fields.Add(field with { Name = property });
            }
        }
        builder._il.Emit(OpCodes.Ret);
        encoder?.End();
        return (type.CreateType(), fields);
    }

    /// <summary>The size up to the last fixed member, because a record with a tail can end before the padding after it.</summary>
    private static int MinimumLength(StructShape shape) => shape.Fields
        .Select(member =>
            (int)(member.Offset + (member.Shape is BitFieldShape bits ? (bits.BitOffset + bits.Bits + 7) / 8 : member.Shape.Size)))
        .DefaultIfEmpty(0).Max();

    private static string UniqueName(string name)
    {
        const int LongestName = 500; // reflection allows 1,023 characters, including the namespace and a number
        // A type's name can contain characters as in "unsigned int[4]", which are syntax for reflection.
        var plain = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' ? c : '_'));
        plain = plain.Length > LongestName ? plain[..LongestName] : plain;
        s_names[plain] = s_names.GetValueOrDefault(plain) + 1;
        return s_names[plain] == 1 ? plain : $"{plain}_{s_names[plain]}";
    }

    /// <summary>Read-only properties that are computed from the CPUs' values on demand.</summary>
    private void AddTotals(PerCpuTotals totals, HashSet<string> names)
    {
        var clr = ClrType(totals.Shape, PerCpuTotals.PropertyNames[0]);
        for (var kind = 0; kind < PerCpuTotals.PropertyNames.Count; kind++)
        {
            var name = ShapeBuilder.Unique(names, PerCpuTotals.PropertyNames[kind]);
            var property = _type.DefineProperty(name, PropertyAttributes.None, clr, null);
            var get = _type.DefineMethod($"get_{name}", MethodAttributes.Public | MethodAttributes.SpecialName | MethodAttributes.HideBySig,
                clr, null);
            var il = get.GetILGenerator();
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldc_I4, kind);
            il.Emit(OpCodes.Call, typeof(PerCpuTotals).GetMethod(nameof(PerCpuTotals.Compute))!);
            il.Emit(OpCodes.Unbox_Any, clr);
            il.Emit(OpCodes.Ret);
            property.SetGetMethod(get);
        }
    }

    private FieldBuilder Add(Field field, int part)
    {
        var clr = ClrType(field.Shape, field.Name);
        var storage = _type.DefineField($"_{field.Name}", clr, FieldAttributes.Private);
        DefineProperty(field.Name, storage);
        if (field.Shape is StoredShape)
        {
            return storage;
        }
        _il.Emit(OpCodes.Dup);
        Read(field.Shape, clr, () =>
        {
            _il.Emit(part == 0 ? OpCodes.Ldarg_0 : OpCodes.Ldarg_1);
            AddOffset(field.Offset);
        }, field.Offset);
        _il.Emit(OpCodes.Stfld, storage);
        return storage;
    }

    private void DefineProperty(string name, FieldBuilder storage)
    {
        const MethodAttributes Accessor = MethodAttributes.Public | MethodAttributes.SpecialName | MethodAttributes.HideBySig;
        var property = _type.DefineProperty(name, PropertyAttributes.None, storage.FieldType, null);
        var get = _type.DefineMethod($"get_{name}", Accessor, storage.FieldType, null);
        var il = get.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, storage);
        il.Emit(OpCodes.Ret);
        property.SetGetMethod(get);
        var set = _type.DefineMethod($"set_{name}", Accessor, null, [storage.FieldType]);
        il = set.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Stfld, storage);
        il.Emit(OpCodes.Ret);
        property.SetSetMethod(set);
    }

    private readonly Dictionary<FieldShape, Type> _made = new(ReferenceEqualityComparer.Instance);

    private Type ClrType(FieldShape shape, string name) => shape switch
    {
        ScalarShape scalar => scalar.Clr,
        ReadShape read => read.Clr,
        ReferenceShape reference => reference.Reader.ReturnType,
        StoredShape stored => stored.Clr,
        BitFieldShape { IsBool: true } => typeof(bool),
        BitFieldShape { Enum: { } value } => ClrType(value, name),
        BitFieldShape bits => bits.Bits > 32 ? bits.IsSigned ? typeof(long) : typeof(ulong) : bits.IsSigned ? typeof(int) : typeof(uint),
        TextShape => typeof(string),
        TailStringsShape => typeof(string[]),
        ArrayShape array => ClrType(array.Element, name).MakeArrayType(),
        TailShape tail => ClrType(tail.Element, name).MakeArrayType(),
        CountedShape counted => ClrType(counted.Element, name).MakeArrayType(),
        EnumShape value => DefineEnum(value, name),
        StructShape inner => _made.TryGetValue(shape, out var type)
            ? type
            : _made[shape] = Define($"BpfPS.Structs.{inner.Name}", typeof(BpfStruct), [inner]).Item1,
        _ => throw new InvalidOperationException($"No .NET type for {shape}."),
    };

    private static Type DefineEnum(EnumShape shape, string fieldName)
    {
        var underlying = (shape.Size, shape.Type.IsSigned) switch
        {
            (1, true) => typeof(sbyte), (1, false) => typeof(byte), (2, true) => typeof(short), (2, false) => typeof(ushort),
            (4, true) => typeof(int), (4, false) => typeof(uint), (8, true) => typeof(long), _ => typeof(ulong),
        };
        var name = shape.Type.Name.Length > 0 ? shape.Type.Name : fieldName;
        var definition = $"{name} {underlying} {string.Join(',', shape.Type.Values)}";
        if (s_enums.TryGetValue(definition, out var made))
        {
            return made;
        }
        var builder = s_module.DefineEnum(UniqueName($"BpfPS.Enums.{name}"), TypeAttributes.Public, underlying);
        if (EnumShape.HasFlags(shape.Type))
        {
            builder.SetCustomAttribute(new CustomAttributeBuilder(typeof(FlagsAttribute).GetConstructor([])!, []));
        }
        // Damaged BTF can have empty or duplicate names.
        foreach (var (literal, value) in shape.Type.Values.Where(value => value.Key.Length > 0).DistinctBy(value => value.Key))
        {
            object number = Type.GetTypeCode(underlying) switch
            {
                TypeCode.SByte => (sbyte)value, TypeCode.Byte => (byte)value, TypeCode.Int16 => (short)value,
                TypeCode.UInt16 => (ushort)value, TypeCode.Int32 => (int)value, TypeCode.UInt32 => (uint)value,
                TypeCode.Int64 => value, _ => (ulong)value,
            };
            builder.DefineLiteral(literal, number);
        }
        return s_enums[definition] = builder.CreateType();
    }

    /// <summary>Leaves the value on the stack. <paramref name="address"/> loads the address of its first byte.</summary>
    private void Read(FieldShape shape, Type clr, Action address, uint offset)
    {
        switch (shape)
        {
            case ScalarShape scalar:
                address();
                LoadIndirect(scalar.Clr);
                if (scalar.Swap)
                {
                    Call($"Swap{scalar.Size * 8}");
                }
                break;
            case EnumShape:
                address();
                LoadIndirect(Enum.GetUnderlyingType(clr));
                break;
            case ReadShape read:
                address();
                Call(read.Reader);
                break;
            case ReferenceShape reference:
                address();
                _il.Emit(OpCodes.Call, reference.Reader);
                break;
            case BitFieldShape bits:
                address();
                _il.Emit(OpCodes.Ldc_I4, (int)bits.BitOffset);
                _il.Emit(OpCodes.Ldc_I4, (int)bits.Bits);
                _il.Emit(OpCodes.Ldc_I4, bits.IsSigned ? 1 : 0);
                Call(nameof(RecordReader.Bits));
                if (clr == typeof(bool))
                {
                    _il.Emit(OpCodes.Ldc_I4_0);
                    _il.Emit(OpCodes.Conv_I8);
                    _il.Emit(OpCodes.Cgt_Un);
                }
                else if (bits.Enum is not null)
                {
                    ConvertTo(Enum.GetUnderlyingType(clr));
                }
                else if (bits.Bits <= 32)
                {
                    _il.Emit(OpCodes.Conv_I4);
                }
                break;
            case TextShape text:
                address();
                _il.Emit(OpCodes.Ldc_I4, (int)text.Size);
                Call(nameof(RecordReader.Text));
                break;
            case TailStringsShape:
                address();
                LoadLengthFrom(offset);
                Call(nameof(RecordReader.Strings));
                break;
            case StructShape:
                address();
                _il.Emit(OpCodes.Ldc_I4_0);
                _il.Emit(OpCodes.Conv_I);
                LoadLengthFrom(offset);
                _il.Emit(OpCodes.Call, clr.GetMethod("Decode", BindingFlags.Static | BindingFlags.NonPublic)!);
                _il.Emit(OpCodes.Castclass, clr);
                break;
            case ArrayShape array:
                ReadArray(array.Element, array.Stride, clr.GetElementType()!, address, offset,
                    () => _il.Emit(OpCodes.Ldc_I4, (int)array.Count));
                break;
            case CountedShape counted:
                ReadArray(counted.Element, counted.Stride, clr.GetElementType()!, () =>
                {
                    address();
                    AddOffset(counted.Start);
                }, offset, () =>
                {
                    address();
                    _il.Emit(OpCodes.Ldc_I4, (int)counted.Count);
                    Call(nameof(RecordReader.Count));
                });
                break;
            case TailShape tail:
                ReadArray(tail.Element, tail.Stride, clr.GetElementType()!, address, offset, () =>
                {
                    LoadLengthFrom(offset);
                    _il.Emit(OpCodes.Ldc_I4_0);
                    _il.Emit(OpCodes.Call, typeof(Math).GetMethod(nameof(Math.Max), [typeof(int), typeof(int)])!);
                    _il.Emit(OpCodes.Ldc_I4, (int)tail.Stride);
                    _il.Emit(OpCodes.Div);
                });
                break;
        }
    }

    private void ReadArray(FieldShape element, uint stride, Type clr, Action address, uint offset, Action count)
    {
        if (element is ScalarShape { Swap: false } scalar && scalar.Size == stride)
        {
            address();
            count();
            _il.Emit(OpCodes.Call, typeof(RecordReader).GetMethod(nameof(RecordReader.Numbers))!.MakeGenericMethod(scalar.Clr));
            return;
        }
        var array = _il.DeclareLocal(clr.MakeArrayType());
        var index = _il.DeclareLocal(typeof(int));
        var check = _il.DefineLabel();
        var body = _il.DefineLabel();
        count();
        _il.Emit(OpCodes.Newarr, clr);
        _il.Emit(OpCodes.Stloc, array);
        _il.Emit(OpCodes.Ldc_I4_0);
        _il.Emit(OpCodes.Stloc, index);
        _il.Emit(OpCodes.Br, check);
        _il.MarkLabel(body);
        _il.Emit(OpCodes.Ldloc, array);
        _il.Emit(OpCodes.Ldloc, index);
        Read(element, clr, () =>
        {
            address();
            _il.Emit(OpCodes.Ldloc, index);
            _il.Emit(OpCodes.Ldc_I4, (int)stride);
            _il.Emit(OpCodes.Mul);
            _il.Emit(OpCodes.Add);
        }, offset);
        _il.Emit(OpCodes.Stelem, clr);
        _il.Emit(OpCodes.Ldloc, index);
        _il.Emit(OpCodes.Ldc_I4_1);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, index);
        _il.MarkLabel(check);
        _il.Emit(OpCodes.Ldloc, index);
        _il.Emit(OpCodes.Ldloc, array);
        _il.Emit(OpCodes.Ldlen);
        _il.Emit(OpCodes.Conv_I4);
        _il.Emit(OpCodes.Blt, body);
        _il.Emit(OpCodes.Ldloc, array);
    }

    private void LoadIndirect(Type clr)
    {
        // A member in a map or ring buffer can be at any address.
        if (clr != typeof(byte) && clr != typeof(sbyte))
        {
            _il.Emit(OpCodes.Unaligned, (byte)1);
        }
        _il.Emit(Type.GetTypeCode(clr) switch
        {
            TypeCode.Byte => OpCodes.Ldind_U1,
            TypeCode.SByte => OpCodes.Ldind_I1,
            TypeCode.UInt16 => OpCodes.Ldind_U2,
            TypeCode.Int16 => OpCodes.Ldind_I2,
            TypeCode.UInt32 => OpCodes.Ldind_U4,
            TypeCode.Int32 => OpCodes.Ldind_I4,
            TypeCode.Single => OpCodes.Ldind_R4,
            TypeCode.Double => OpCodes.Ldind_R8,
            _ => OpCodes.Ldind_I8,
        });
    }

    /// <summary>Makes the 64-bit number on the stack one of a smaller type.</summary>
    private void ConvertTo(Type clr) => _il.Emit(Type.GetTypeCode(clr) switch
    {
        TypeCode.Byte => OpCodes.Conv_U1,
        TypeCode.SByte => OpCodes.Conv_I1,
        TypeCode.UInt16 => OpCodes.Conv_U2,
        TypeCode.Int16 => OpCodes.Conv_I2,
        TypeCode.UInt32 => OpCodes.Conv_U4,
        TypeCode.Int32 => OpCodes.Conv_I4,
        _ => OpCodes.Conv_I8,
    });

    private void AddOffset(uint offset)
    {
        if (offset != 0)
        {
            _il.Emit(OpCodes.Ldc_I4, (int)offset);
            _il.Emit(OpCodes.Add);
        }
    }

    private void LoadLengthFrom(uint offset)
    {
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Ldc_I4, (int)offset);
        _il.Emit(OpCodes.Sub);
    }

    private void Call(string reader) => _il.Emit(OpCodes.Call, typeof(RecordReader).GetMethod(reader)!);
}
