using System.Reflection;
using System.Reflection.Emit;

namespace BpfPS.Records;

/// <summary>
/// Emits the method that writes an object's bytes, the reverse of what <see cref="RecordClassBuilder"/> emits. For exact classes
/// only.
/// </summary>
internal sealed class RecordEncoderBuilder
{
    public const string MethodName = "Encode";

    private readonly TypeBuilder _type;
    private readonly ILGenerator _il;

    public RecordEncoderBuilder(TypeBuilder type)
    {
        _type = type;
        var encode = type.DefineMethod(MethodName, MethodAttributes.Static | MethodAttributes.Assembly, typeof(void),
            [typeof(BpfRecord), typeof(nint), typeof(nint)]);
        encode.SetImplementationFlags(MethodImplAttributes.Managed | MethodImplAttributes.AggressiveOptimization);
        _il = encode.GetILGenerator();
    }

    /// <summary>Writes one member.</summary>
    /// <param name="field">The member.</param>
    /// <param name="storage">The member's field or property in the object.</param>
    /// <param name="part">The address that its offset is relative to.</param>
    public void Add(Field field, FieldBuilder storage, int part) => Write(field.Shape, storage.FieldType,
        () =>
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Castclass, _type);
            _il.Emit(OpCodes.Ldfld, storage);
        },
        () =>
        {
            _il.Emit(part == 0 ? OpCodes.Ldarg_1 : OpCodes.Ldarg_2);
            _il.Emit(OpCodes.Ldc_I4, (int)field.Offset);
            _il.Emit(OpCodes.Add);
        });

    public void End() => _il.Emit(OpCodes.Ret);

    private void Write(FieldShape shape, Type clr, Action value, Action address)
    {
        switch (shape)
        {
            case ScalarShape scalar:
                address();
                value();
                if (scalar.Swap)
                {
                    _il.Emit(OpCodes.Call, typeof(RecordReader).GetMethod($"Swap{scalar.Size * 8}")!);
                }
                StoreIndirect(scalar.Clr);
                break;
            case EnumShape:
                address();
                value();
                StoreIndirect(Enum.GetUnderlyingType(clr));
                break;
            case ReadShape read:
                value();
                address();
                _il.Emit(OpCodes.Call, typeof(RecordWriter).GetMethod(read.Reader)!);
                break;
            case StructShape:
                value();
                address();
                _il.Emit(OpCodes.Ldc_I4_0);
                _il.Emit(OpCodes.Conv_I);
                _il.Emit(OpCodes.Call, clr.GetMethod(MethodName, BindingFlags.Static | BindingFlags.NonPublic)!);
                break;
            case ArrayShape { Element: ScalarShape { Swap: false } element } array:
                value();
                address();
                _il.Emit(OpCodes.Ldc_I4, (int)array.Count);
                _il.Emit(OpCodes.Call, typeof(RecordWriter).GetMethod(nameof(RecordWriter.Numbers))!.MakeGenericMethod(element.Clr));
                break;
            case ArrayShape array:
                WriteElements(array, clr.GetElementType()!, value, address);
                break;
            default:
                throw new InvalidOperationException($"{shape} is not exact.");
        }
    }

    private void WriteElements(ArrayShape shape, Type clr, Action value, Action address)
    {
        var array = _il.DeclareLocal(clr.MakeArrayType());
        var index = _il.DeclareLocal(typeof(int));
        var check = _il.DefineLabel();
        var body = _il.DefineLabel();
        value();
        _il.Emit(OpCodes.Stloc, array);
        _il.Emit(OpCodes.Ldloc, array);
        _il.Emit(OpCodes.Ldlen);
        _il.Emit(OpCodes.Conv_I4);
        _il.Emit(OpCodes.Ldc_I4, (int)shape.Count);
        _il.Emit(OpCodes.Call, typeof(RecordWriter).GetMethod(nameof(RecordWriter.RequireCount))!);
        _il.Emit(OpCodes.Ldc_I4_0);
        _il.Emit(OpCodes.Stloc, index);
        _il.Emit(OpCodes.Br, check);
        _il.MarkLabel(body);
        Write(shape.Element, clr,
            () =>
            {
                _il.Emit(OpCodes.Ldloc, array);
                _il.Emit(OpCodes.Ldloc, index);
                _il.Emit(OpCodes.Ldelem, clr);
            },
            () =>
            {
                address();
                _il.Emit(OpCodes.Ldloc, index);
                _il.Emit(OpCodes.Ldc_I4, (int)shape.Stride);
                _il.Emit(OpCodes.Mul);
                _il.Emit(OpCodes.Add);
            });
        _il.Emit(OpCodes.Ldloc, index);
        _il.Emit(OpCodes.Ldc_I4_1);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, index);
        _il.MarkLabel(check);
        _il.Emit(OpCodes.Ldloc, index);
        _il.Emit(OpCodes.Ldc_I4, (int)shape.Count);
        _il.Emit(OpCodes.Blt, body);
    }

    private void StoreIndirect(Type clr)
    {
        // A member can be at any address.
        if (clr != typeof(byte) && clr != typeof(sbyte))
        {
            _il.Emit(OpCodes.Unaligned, (byte)1);
        }
        _il.Emit(Type.GetTypeCode(clr) switch
        {
            TypeCode.Byte or TypeCode.SByte => OpCodes.Stind_I1,
            TypeCode.UInt16 or TypeCode.Int16 => OpCodes.Stind_I2,
            TypeCode.UInt32 or TypeCode.Int32 => OpCodes.Stind_I4,
            TypeCode.Single => OpCodes.Stind_R4,
            TypeCode.Double => OpCodes.Stind_R8,
            _ => OpCodes.Stind_I8,
        });
    }
}
