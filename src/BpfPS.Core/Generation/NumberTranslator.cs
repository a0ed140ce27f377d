using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Generation;

/// <summary>Finds the numbers of an expression that the kernel can work out.</summary>
/// <param name="places">Where members lie.</param>
internal sealed class NumberTranslator(RecordPlaces places)
{
    /// <summary>Numbers up to here are exact as a double, and so whatever type the script calculates in.</summary>
    public const long Exact = 1L << 53;

    // Properties of a duration that only grow with it.
    private static readonly string[] s_growing = ["Ticks", "TotalDays", "TotalHours", "TotalMinutes", "TotalSeconds", "TotalMilliseconds",
        "TotalMicroseconds", "TotalNanoseconds"];

    /// <summary>The number that a part of an expression is.</summary>
    /// <exception cref="NotInKernelException">The kernel cannot work it out.</exception>
    public Quantity Of(ExpressionNode node) => node switch
    {
        MemberNode or IndexNode when places.Find(node) is { } place => Member(place),
        MemberNode member => Property(member),
        UnaryNode { Operator: Operator.Negate } negative => Arithmetic(Operator.Subtract, new ConstantNode(0, "0"), negative.Operand),
        UnaryNode { Operator: Operator.BitNot } not => Bits(Operator.BitXor, Of(not.Operand), new ConstantNode(-1, "-1")),
        BinaryNode { Operator: Operator.BitAnd or Operator.BitOr or Operator.BitXor } bits =>
            bits.Left is ConstantNode ? Bits(bits.Operator, Of(bits.Right), bits.Left) : Bits(bits.Operator, Of(bits.Left), bits.Right),
        BinaryNode { Operator: Operator.ShiftLeft or Operator.ShiftRight, Right: ConstantNode { Value: int count } } shift =>
            Shift(Of(shift.Left), shift.Operator == Operator.ShiftLeft, count),
        BinaryNode { Operator: Operator.Remainder } remainder => Remainder(Of(remainder.Left), remainder.Right),
        BinaryNode { Operator: Operator.Add or Operator.Subtract or Operator.Multiply or Operator.Divide } binary =>
            Arithmetic(binary.Operator, binary.Left, binary.Right),
        IndexNode { Target: var list } when places.Find(list)?.Shape is TailShape or TailStringsShape or CountedShape =>
            throw new NotInKernelException("it lies behind the fixed part of the event"),
        _ => throw new NotInKernelException("it is not a whole number of the event"),
    };

    private static Quantity Member(RecordPlace place)
    {
        var end = place.Offset + (place.Shape?.Size ?? 0);
        switch (place.Shape)
        {
            case ScalarShape scalar when scalar.Clr == typeof(float) || scalar.Clr == typeof(double):
                throw new NotInKernelException("the kernel does not calculate with floating-point numbers");
            case ScalarShape scalar:
                return Quantity.Direct(new MemberValue(place.Offset, (int)scalar.Size, IsSigned(scalar.Clr), scalar.Swap), scalar.Clr, end);
            case EnumShape:
                return Named(new MemberValue(place.Offset, (int)place.Shape.Size, IsSigned(Enum.GetUnderlyingType(place.Type))), end);
            case BitFieldShape bits:
                var value = new BitsValue(place.Offset, bits.BitOffset, bits.Bits, bits.IsSigned);
                if (value.Bytes > sizeof(ulong))
                {
                    throw new NotInKernelException("the bits of the member are in nine bytes");
                }
                end = place.Offset + value.Bytes;
                return place.Type.IsEnum ? Named(value, end)
                    : place.Type == typeof(bool) ? Truth(value, end)
                    : Quantity.Direct(value, place.Type, end);
            case ReadShape { Reader: nameof(RecordReader.Boolean) }:
                return Truth(new MemberValue(place.Offset, 1, IsNegatable: false), end);
            case ReadShape { Reader: nameof(RecordReader.Errno) }:
                return Named(new ErrnoValue(place.Offset), end);
            case ReadShape { Reader: nameof(RecordReader.Duration) }:
                return new Quantity(new MemberValue(place.Offset, sizeof(ulong), IsNegatable: false), typeof(TimeSpan),
                    number => TimeSpan.FromTicks((long)(number / TimeSpan.NanosecondsPerTick)), end);
            case ReadShape { Reader: nameof(RecordReader.Time) }:
                throw new NotInKernelException("what the clock of this machine makes of the kernel's time can change");
            case TailShape or TailStringsShape:
                throw new NotInKernelException("it lies behind the fixed part of the event");
            default:
                throw new NotInKernelException("the member is not a whole number");
        }

        // An enum's value is its number: what is compared with it has been made one, and its names do not matter then.
        Quantity Named(KernelValue number, uint behind) =>
            Quantity.Direct(number, Enum.GetUnderlyingType(place.Type), behind) with { Type = place.Type };

        static Quantity Truth(KernelValue number, uint behind) => new(number, typeof(bool), value => value != 0, behind);
    }

    private Quantity Property(MemberNode node)
    {
        var target = Of(node.Target);
        var name = s_growing.FirstOrDefault(name => name.Equals(node.Name, StringComparison.OrdinalIgnoreCase));
        if (target.Type != typeof(TimeSpan) || name is null || typeof(TimeSpan).GetProperty(name) is not { } property)
        {
            throw new NotInKernelException($"the kernel does not know the property {node.Name}");
        }
        return target with { Type = property.PropertyType, ValueOf = number => property.GetValue(target.ValueOf(number))! };
    }

    private Quantity Arithmetic(Operator operation, ExpressionNode left, ExpressionNode right)
    {
        if (operation is Operator.Multiply or Operator.Divide && (IsZero(left) || IsZero(right)))
        {
            throw new NotInKernelException("the result does not depend on the record");
        }
        if (left is ConstantNode { Value: var first })
        {
            var of = Number(Of(right));
            return operation == Operator.Divide ? throw Fraction()
                : Chain(of, Constant(first), (value, constant) => Calculate(operation, constant, value),
                    operation == Operator.Subtract || operation == Operator.Multiply && IsNegative(first));
        }
        if (right is ConstantNode { Value: var second })
        {
            return Chain(Number(Of(left)), Constant(second), (value, constant) => Calculate(operation, value, constant),
                operation is Operator.Multiply or Operator.Divide && IsNegative(second));
        }
        var (one, other) = (Number(Of(left)), Number(Of(right)));
        if (operation == Operator.Divide || !one.IsDirect || !other.IsDirect)
        {
            throw Fraction();
        }
        var (a, b) = (one.Base, other.Base);
        Int128[] ends = operation switch
        {
            Operator.Add => [a.Least + b.Least, a.Greatest + b.Greatest],
            Operator.Subtract => [a.Least - b.Greatest, a.Greatest - b.Least],
            _ when Int128.Max(a.Greatest, b.Greatest) > uint.MaxValue => throw TooLarge(), // else the products could overflow
            _ => [a.Least * b.Least, a.Least * b.Greatest, a.Greatest * b.Least, a.Greatest * b.Greatest],
        };
        if (ends.Min() < -Exact || ends.Max() > Exact)
        {
            throw TooLarge();
        }
        var code = operation switch { Operator.Add => Alu.Add, Operator.Subtract => Alu.Subtract, _ => Alu.Multiply };
        return Quantity.Direct(new CalculatedValue(code, a, b, ends.Min(), ends.Max()), typeof(Numeric), Math.Max(one.End, other.End))
            with { Divisors = [.. one.Divisors, .. other.Divisors] };

        static NotInKernelException Fraction() => new("the kernel calculates with whole numbers only");
        static NotInKernelException TooLarge() => new("the result can be too large for exact numbers");
    }

    private static Quantity Chain(Quantity of, Numeric constant, Func<Numeric, Numeric, Numeric> calculate, bool turns) => of with
    {
        Type = typeof(Numeric),
        ValueOf = number => calculate(Quantity.Number(of.ValueOf(number))!.Value, constant),
        IsFalling = of.IsFalling ^ turns,
        IsDirect = false,
    };

    private Quantity Bits(Operator operation, Quantity left, ExpressionNode right)
    {
        var other = right is ConstantNode constant ? WholeConstant(constant) : Of(right);
        var type = Wider(WholeType(left), WholeType(other));
        var (a, b) = (left.Base, other.Base);
        var isPlain = a.Least >= 0 && b.Least >= 0;
        var isUnsignedWord = type == TypeCode.UInt32 && !isPlain;
        var (least, greatest) = operation == Operator.BitAnd && (a.Least >= 0 || b.Least >= 0) && !isUnsignedWord
            ? (0, a.Least < 0 ? b.Greatest : b.Least < 0 ? a.Greatest : Int128.Min(a.Greatest, b.Greatest))
            : isPlain ? (0, AllBits(Int128.Max(a.Greatest, b.Greatest))) : Range(type);
        var code = operation switch { Operator.BitAnd => Alu.And, Operator.BitOr => Alu.Or, _ => Alu.Xor };
        return Quantity.Direct(new CalculatedValue(code, a, b, least, greatest, isUnsignedWord ? 32 : 0), TypeOf(type),
            Math.Max(left.End, other.End)) with { Divisors = [.. left.Divisors, .. other.Divisors] };
    }

    private static Quantity Shift(Quantity of, bool isLeft, int count)
    {
        if (of.Type.IsEnum)
        {
            throw new NotInKernelException("the names of an enum are not shifted");
        }
        var wide = WholeType(of);
        var bits = Type.GetTypeCode(of.Type) switch
        {
            TypeCode.SByte or TypeCode.Byte => 8,
            TypeCode.Int16 or TypeCode.UInt16 => 16,
            TypeCode.Int32 or TypeCode.UInt32 => 32,
            _ => 64,
        };
        var by = new ConstantValue(count & (wide is TypeCode.Int64 or TypeCode.UInt64 ? 63 : 31));
        var isSigned = IsSigned(of.Type);
        var (least, greatest) = Range(Type.GetTypeCode(of.Type));
        var code = isLeft ? Alu.ShiftLeft : isSigned ? Alu.ShiftRightSigned : Alu.ShiftRight;
        return Quantity.Direct(new CalculatedValue(code, of.Base, by, least, greatest, isLeft && bits < 64 ? isSigned ? -bits : bits : 0),
            of.Type, of.End) with { Divisors = of.Divisors };
    }

    private Quantity Remainder(Quantity left, ExpressionNode right)
    {
        var other = right is ConstantNode constant ? WholeConstant(constant) : Of(right);
        var (a, b) = (Number(left), Number(other));
        if (!a.IsDirect || !b.IsDirect || a.Base.Least < 0 || b.Base.Least < 0)
        {
            throw new NotInKernelException("the kernel divides whole numbers without a sign only");
        }
        return Quantity.Direct(new CalculatedValue(Alu.Remainder, a.Base, b.Base, 0, Int128.Min(a.Base.Greatest, b.Base.Greatest)),
            typeof(Numeric), Math.Max(a.End, b.End)) with { Divisors = [.. a.Divisors, .. b.Divisors, b.Base] };
    }

    /// <summary>What can be calculated with; the value of an enum can only be compared, and its bits be looked at.</summary>
    private static Quantity Number(Quantity of) => Numeric.Takes(of.Type) ? of
        : throw new NotInKernelException("it is not a number to calculate with");

    private static Numeric Constant(object? value) => value is double real && !double.IsFinite(real) ? throw NoNumber()
        : Quantity.Number(value) ?? throw NoNumber();

    private static NotInKernelException NoNumber() => new("a constant in it is not a number");

    private static bool IsZero(ExpressionNode node) => node is ConstantNode { Value: var value } && Constant(value).Equals(0);

    private static bool IsNegative(object? constant) => Numeric.Compare(Constant(constant), 0) < 0;

    private static Quantity WholeConstant(ConstantNode constant) => constant.Value switch
    {
        int value => Quantity.Direct(new ConstantValue(value), typeof(int), 0),
        uint value => Quantity.Direct(new ConstantValue(value), typeof(uint), 0),
        long value => Quantity.Direct(new ConstantValue(value), typeof(long), 0),
        ulong value => Quantity.Direct(new ConstantValue(value), typeof(ulong), 0),
        _ => throw new NotInKernelException("a constant in it is not a whole number"),
    };

    private static Numeric Calculate(Operator operation, Numeric left, Numeric right) => operation switch
    {
        Operator.Add => Numeric.Add(left, right),
        Operator.Subtract => Numeric.Subtract(left, right),
        Operator.Multiply => Numeric.Multiply(left, right),
        _ => Numeric.Divide(left, right),
    };

    /// <summary>The type in which the script looks at a number's bits.</summary>
    private static TypeCode WholeType(Quantity of) => !of.IsDirect || of.Type == typeof(Numeric)
        ? throw new NotInKernelException("the type of its bits depends on its value")
        : Type.GetTypeCode(of.Type) switch
        {
            TypeCode.UInt32 => TypeCode.UInt32,
            TypeCode.Int64 => TypeCode.Int64,
            TypeCode.UInt64 => TypeCode.UInt64,
            _ => TypeCode.Int32,
        };

    private static TypeCode Wider(TypeCode one, TypeCode other) => one > other ? one : other;

    private static Type TypeOf(TypeCode code) => code switch
    {
        TypeCode.Int32 => typeof(int),
        TypeCode.UInt32 => typeof(uint),
        TypeCode.Int64 => typeof(long),
        _ => typeof(ulong),
    };

    private static (Int128 Least, Int128 Greatest) Range(TypeCode code) => code switch
    {
        TypeCode.SByte => (sbyte.MinValue, sbyte.MaxValue),
        TypeCode.Byte => (0, byte.MaxValue),
        TypeCode.Int16 => (short.MinValue, short.MaxValue),
        TypeCode.UInt16 => (0, ushort.MaxValue),
        TypeCode.Int32 => (int.MinValue, int.MaxValue),
        TypeCode.UInt32 => (0, uint.MaxValue),
        TypeCode.Int64 => (long.MinValue, long.MaxValue),
        _ => (0, ulong.MaxValue),
    };

    private static Int128 AllBits(Int128 number)
    {
        var all = Int128.Zero;
        while (all < number)
        {
            all = all << 1 | 1;
        }
        return all;
    }

    private static bool IsSigned(Type type) => Type.GetTypeCode(type) is TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32
        or TypeCode.Int64;
}
