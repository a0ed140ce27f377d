using System.Collections.Frozen;
using System.Globalization;
using System.Linq.Expressions;
using System.Net;
using System.Net.NetworkInformation;
using System.Reflection;

namespace BpfPS.Expressions;

/// <summary>Code that compares two values of which the types are known, as the user's language compares them.</summary>
/// <param name="rules">The language's rules, which are asked where the types are not simple.</param>
internal sealed class Comparison(IValueRules rules)
{
    private const int LeastForSet = 8; // fewer are compared one after the other

    /// <summary>Whether a value counts as true.</summary>
    public Expression Truth(Operand operand)
    {
        if (operand.IsConstant)
        {
            return Expression.Constant(rules.IsTrue(operand.Constant));
        }
        if (operand.Type == typeof(bool))
        {
            return operand.Code;
        }
        if (operand.Type == typeof(Numeric))
        {
            return Expression.Property(operand.Code, nameof(Numeric.IsTrue));
        }
        if (operand.Type == typeof(string))
        {
            return operand.Bytes is { } bytes ? Expression.Call(typeof(TextComparison), nameof(TextComparison.IsTrue), null, bytes.Address)
                : Expression.NotEqual(Expression.Property(operand.Code, nameof(string.Length)), Expression.Constant(0));
        }
        return IsWhole(operand.Type) ? Expression.NotEqual(operand.Code, Expression.Default(operand.Type))
            : Expression.Call(Expression.Constant(rules), typeof(IValueRules).GetMethod(nameof(IValueRules.IsTrue))!, Boxed(operand));
    }

    /// <summary>A value as text.</summary>
    public Expression Text(Operand operand) => operand.Type == typeof(string) ? operand.Code
        : Expression.Call(Expression.Constant(rules), typeof(IValueRules).GetMethod(nameof(IValueRules.TextOf))!, Boxed(operand));

    /// <summary>A value as a number; null if it is not one.</summary>
    public static Expression? Number(Operand operand)
    {
        if (operand.Type == typeof(Numeric))
        {
            return operand.Code;
        }
        if (!Numeric.Takes(operand.Type))
        {
            return null;
        }
        // Narrower types are calculated with as int, and float as double.
        var wide = Type.GetTypeCode(operand.Type) switch
        {
            TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 => typeof(int),
            TypeCode.Single => typeof(double),
            _ => operand.Type,
        };
        return Expression.Convert(Expression.Convert(operand.Code, wide), typeof(Numeric));
    }

    /// <summary>Whether two values are equal.</summary>
    public Expression Equal(Operand left, Operand right, bool ignoreCase)
    {
        if (left is { IsConstant: true, Constant: null } || right is { IsConstant: true, Constant: null })
        {
            var other = left is { IsConstant: true, Constant: null } ? right : left;
            return other.Type.IsValueType && Nullable.GetUnderlyingType(other.Type) is null ? Expression.Constant(false)
                : Expression.Equal(other.Code, Expression.Constant(null, other.Type));
        }
        if (left.Type == typeof(string))
        {
            return right.IsConstant ? EqualText(left, rules.TextOf(right.Constant), ignoreCase)
                : left.IsConstant && right.Type == typeof(string) ? EqualText(right, (string)left.Constant!, ignoreCase)
                : Expression.Call(typeof(TextComparison), nameof(TextComparison.AreEqual), null, left.Code, Text(right),
                    Expression.Constant(ignoreCase));
        }
        (left, right) = Underlying(left, right);
        if (Numbers(left, right) is { } numbers)
        {
            return numbers.Whole ? Expression.Equal(numbers.Left, numbers.Right)
                : Expression.Equal(Order(numbers), Expression.Constant(0));
        }
        if (right.IsConstant && !left.IsConstant)
        {
            return TypeFor(left, right.Constant) is not { } type ? Ask(left, right, ignoreCase)
                : rules.TryConvert(right.Constant, type, out var same) && same is not null ? EqualConverted(left, same)
                : throw NotSuch(type, right.Constant);
        }
        return Ask(left, right, ignoreCase);
    }

    /// <summary>Whether two values are in an order; null if they have none.</summary>
    public Expression? Ordered(Operand left, Operand right, Operator wanted, bool ignoreCase)
    {
        (left, right) = Underlying(left, right);
        if (Numbers(left, right) is { } numbers)
        {
            return numbers.Whole ? Relation(numbers.Left, numbers.Right, wanted) : OfNumbers(Order(numbers), wanted);
        }
        Expression order;
        if (left.Type == typeof(string) && (!right.IsConstant || right.Constant is not null))
        {
            order = Expression.Call(typeof(TextComparison), nameof(TextComparison.Compare), null, left.Code, Text(right),
                Expression.Constant(ignoreCase));
        }
        else if (right.IsConstant && !left.IsConstant && left.Type.IsValueType && right.Constant is not (null or decimal)
            && left.Type != typeof(DateTime?))
        {
            if (!rules.TryConvert(right.Constant, left.Type, out var converted) || converted is null)
            {
                return null;
            }
            var constant = Operand.Of(converted);
            if (Numbers(left, constant) is { } same)
            {
                return same.Whole ? Relation(same.Left, same.Right, wanted) : OfNumbers(Order(same), wanted);
            }
            order = AskOrder(left, constant, ignoreCase);
        }
        else
        {
            order = AskOrder(left, right, ignoreCase);
        }
        return Relation(order, Expression.Constant(0), wanted);
    }

    /// <summary>Whether a value equals one of several, each of which is the left side of its comparison.</summary>
    public Expression EqualsAny(Array constants, Operand value, bool ignoreCase)
    {
        var elements = constants.Cast<object?>().ToArray();
        if (elements.Length >= LeastForSet && IsWhole(value.Type)
            && elements.All(element => element is not null && IsWhole(element.GetType())))
        {
            // What is beyond the type of the set equals none of the values.
            var numbers = elements.Select(element =>
                element is ulong large ? large : (Int128)Convert.ToInt64(element, CultureInfo.InvariantCulture)).ToArray();
            return value.Type == typeof(ulong) ? IsIn(numbers.Where(number => number >= 0).Select(number => (ulong)number), value)
                : IsIn(numbers.Where(number => number <= long.MaxValue).Select(number => (long)number), value);
        }
        return Any([.. elements.Select(element => Equal(Operand.Of(element), value, ignoreCase))]);
    }

    private static MethodCallExpression IsIn<T>(IEnumerable<T> elements, Operand value)
    {
        var set = elements.ToFrozenSet();
        return Expression.Call(Expression.Constant(set, typeof(FrozenSet<T>)),
            typeof(FrozenSet<T>).GetMethod(nameof(FrozenSet<>.Contains), [typeof(T)])!, Expression.Convert(value.Code, typeof(T)));
    }

    /// <summary>Whether one of several conditions holds, as a tree that is not deep: a compiler walks it with its stack.</summary>
    private static Expression Any(ReadOnlySpan<Expression> conditions) => conditions.Length switch
    {
        0 => Expression.Constant(false),
        1 => conditions[0],
        var count => Expression.OrElse(Any(conditions[..(count / 2)]), Any(conditions[(count / 2)..])),
    };

    /// <summary>Beside a number, an enum is its number, whether that has a name or not.</summary>
    private static (Operand Left, Operand Right) Underlying(Operand left, Operand right) =>
        left.Type.IsEnum && Numeric.Takes(right.Type) ? (NumberOf(left), right)
        : right.Type.IsEnum && Numeric.Takes(left.Type) ? (left, NumberOf(right)) : (left, right);

    /// <summary>The number of an enum's value; anything else stays what it is.</summary>
    public static Operand NumberOf(Operand operand)
    {
        if (!operand.Type.IsEnum)
        {
            return operand;
        }
        var type = Enum.GetUnderlyingType(operand.Type);
        return operand.IsConstant ? Operand.Of(Convert.ChangeType(operand.Constant, type, CultureInfo.InvariantCulture))
            : new Operand(Expression.Convert(operand.Code, type));
    }

    /// <summary>The two sides as numbers; null if one of them is not a number.</summary>
    /// <returns>Whether they are whole numbers of one type, and code for each.</returns>
    private static (bool Whole, Expression Left, Expression Right)? Numbers(Operand left, Operand right)
    {
        if (Number(left) is not { } one || Number(right) is not { } other)
        {
            return null;
        }
        if (IsWhole(left.Type) && IsWhole(right.Type))
        {
            if (left.Type != typeof(ulong) && right.Type != typeof(ulong))
            {
                return (true, Expression.Convert(left.Code, typeof(long)), Expression.Convert(right.Code, typeof(long)));
            }
            if (left.Type == right.Type || IsUnsigned(left) && IsUnsigned(right))
            {
                return (true, Expression.Convert(left.Code, typeof(ulong)), Expression.Convert(right.Code, typeof(ulong)));
            }
        }
        return (false, one, other);
    }

    private static bool IsUnsigned(Operand operand) => operand.Type == typeof(ulong) || operand.Type == typeof(uint)
        || operand.Type == typeof(ushort) || operand.Type == typeof(byte)
        || operand.IsConstant && Convert.ToDecimal(operand.Constant, CultureInfo.InvariantCulture) >= 0;

    private static MethodCallExpression Order((bool Whole, Expression Left, Expression Right) numbers) =>
        Expression.Call(typeof(Numeric), nameof(Numeric.Compare), null, numbers.Left, numbers.Right);

    private static BinaryExpression OfNumbers(Expression order, Operator wanted)
    {
        // None of them holds with a double that is not a number (NaN).
        return Expression.AndAlso(Expression.NotEqual(order, Expression.Constant(Numeric.Unordered)),
            Relation(order, Expression.Constant(0), wanted));
    }

    private static BinaryExpression Relation(Expression left, Expression right, Operator wanted) => wanted switch
    {
        Operator.Less => Expression.LessThan(left, right),
        Operator.LessOrEqual => Expression.LessThanOrEqual(left, right),
        Operator.Greater => Expression.GreaterThan(left, right),
        _ => Expression.GreaterThanOrEqual(left, right),
    };

    private static MethodCallExpression EqualText(Operand text, string wanted, bool ignoreCase) => text.Bytes is { } bytes
        ? Expression.Call(Expression.Constant(new TextComparison(wanted, ignoreCase)),
            typeof(TextComparison).GetMethod(nameof(TextComparison.IsEqual), BindingFlags.Public | BindingFlags.Instance)!,
            bytes.Address, Expression.Constant(bytes.Room))
        : Expression.Call(typeof(TextComparison), nameof(TextComparison.AreEqual), null, text.Code, Expression.Constant(wanted),
            Expression.Constant(ignoreCase));

    /// <summary>The type that a constant is converted to, once; null if the language has to be asked for each record.</summary>
    private static Type? TypeFor(Operand left, object? constant)
    {
        var type = left.Type == typeof(IPAddress) ? typeof(BpfIPAddress)
            : left.Type == typeof(PhysicalAddress) ? typeof(BpfMacAddress)
            : Nullable.GetUnderlyingType(left.Type) ?? left.Type;
        return type == typeof(object) || type == typeof(decimal) || constant is double or float or decimal && IsWhole(type) ? null : type;
    }

    /// <summary>The error for a value that no record can have: the comparison would always have the same answer.</summary>
    private BpfException NotSuch(Type type, object? constant)
    {
        var text = VisibleText.Escape(rules.TextOf(constant));
        if (!type.IsEnum)
        {
            return new BpfException(BpfErrorKind.InvalidArgument, $"'{text}' is not a value of the member's type ({type.Name}).",
                "Write it as the member is shown.");
        }
        var names = Enum.GetNames(type);
        var near = NearNames.Of(text, names, 5);
        return new BpfException(BpfErrorKind.InvalidArgument, $"{VisibleText.Escape(type.Name)} has no value '{text}'.",
            near.Count > 0 ? $"Similar names: {string.Join(", ", near)}." : $"Its values are: {string.Join(", ", names.Take(20))}.");
    }

    private static Expression EqualConverted(Operand left, object same) => left.Type.IsEnum
        ? Expression.Equal(Expression.Convert(left.Code, Enum.GetUnderlyingType(left.Type)),
            Expression.Constant(Convert.ChangeType(same, Enum.GetUnderlyingType(left.Type), CultureInfo.InvariantCulture)))
        : left.Type.IsPrimitive ? Expression.Equal(left.Code, Expression.Constant(same, left.Type))
        : Expression.Call(typeof(object), nameof(object.Equals), null, Boxed(left), Expression.Constant(same, typeof(object)));

    private MethodCallExpression Ask(Operand left, Operand right, bool ignoreCase) => Expression.Call(Expression.Constant(rules),
        typeof(IValueRules).GetMethod(nameof(IValueRules.AreEqual))!, Boxed(left), Boxed(right), Expression.Constant(ignoreCase));

    private MethodCallExpression AskOrder(Operand left, Operand right, bool ignoreCase) => Expression.Call(Expression.Constant(rules),
        typeof(IValueRules).GetMethod(nameof(IValueRules.Compare))!, Boxed(left), Boxed(right), Expression.Constant(ignoreCase));

    private static Expression Boxed(Operand operand) => operand.Type == typeof(Numeric)
        ? Expression.Call(operand.Code, nameof(Numeric.ToObject), null) : Expression.Convert(operand.Code, typeof(object));

    private static bool IsWhole(Type type) => !type.IsEnum && Type.GetTypeCode(type) is TypeCode.SByte or TypeCode.Byte or TypeCode.Int16
        or TypeCode.UInt16 or TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Int64 or TypeCode.UInt64;
}
