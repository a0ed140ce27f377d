using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Generation;

/// <summary>
/// Translates a condition into one that the kernel decides. Where it decides, it decides as the script does; a condition that it cannot
/// decide alike is refused, and stays with the reader.
/// </summary>
internal sealed class FilterTranslator
{
    private readonly IValueRules _rules;
    private readonly RecordPlaces _places;
    private readonly NumberTranslator _numbers;

    /// <param name="recordClass">The class of the records.</param>
    /// <param name="rules">The rules of the language that the conditions are written in.</param>
    public FilterTranslator(RecordClass recordClass, IValueRules rules)
    {
        _rules = rules;
        _places = new RecordPlaces(recordClass);
        _numbers = new NumberTranslator(_places);
    }

    /// <summary>The condition for the kernel.</summary>
    /// <exception cref="NotInKernelException">The kernel cannot decide it.</exception>
    public KernelTest Test(ExpressionNode node) => node switch
    {
        ConstantNode constant => new ConstantTest(_rules.IsTrue(constant.Value)),
        UnaryNode { Operator: Operator.Not } not => new NotTest(Test(not.Operand)),
        BinaryNode { Operator: Operator.And or Operator.Or } pair =>
            new PairTest(pair.Operator == Operator.And, Test(pair.Left), Test(pair.Right)),
        BinaryNode { Operator: Operator.Xor } pair => Xor(Test(pair.Left), Test(pair.Right)),
        BinaryNode { Operator: Operator.NotEqual } pair => new NotTest(Equal(pair.Left, pair.Right, pair.IgnoreCase)),
        BinaryNode { Operator: Operator.Equal } pair => Equal(pair.Left, pair.Right, pair.IgnoreCase),
        BinaryNode { Operator: Operator.Less or Operator.LessOrEqual or Operator.Greater or Operator.GreaterOrEqual } pair =>
            Ordered(pair.Left, pair.Right, pair.Operator),
        BinaryNode { Operator: Operator.Like } pair => Matches(pair, Like),
        BinaryNode { Operator: Operator.NotLike } pair => new NotTest(Matches(pair, Like)),
        BinaryNode { Operator: Operator.Match } pair => Matches(pair, TextTranslator.Match),
        BinaryNode { Operator: Operator.NotMatch } pair => new NotTest(Matches(pair, TextTranslator.Match)),
        BinaryNode { Operator: Operator.In } pair => Contains(pair.Right, pair.Left, pair.IgnoreCase),
        BinaryNode { Operator: Operator.NotIn } pair => new NotTest(Contains(pair.Right, pair.Left, pair.IgnoreCase)),
        BinaryNode { Operator: Operator.Contains } pair => Contains(pair.Left, pair.Right, pair.IgnoreCase),
        BinaryNode { Operator: Operator.NotContains } pair => new NotTest(Contains(pair.Left, pair.Right, pair.IgnoreCase)),
        CallNode { Arguments: [ConstantNode { Value: string wanted }] } call when Text(call.Target) is { } text =>
            TextTranslator.Method(text, call.Name, wanted),
        CallNode when Text(node) is { } text => new NotTest(TextTranslator.EqualsAny(text, [""], ignoreCase: false)),
        CallNode => throw new NotInKernelException("the kernel knows the methods of text with one constant text only"),
        MemberNode or IndexNode when Text(node) is { } text => new NotTest(TextTranslator.EqualsAny(text, [""], ignoreCase: false)),
        _ => NotZero(_numbers.Of(node)),
    };

    private static PairTest Xor(KernelTest left, KernelTest right) => new(IsAnd: false,
        new PairTest(IsAnd: true, left, new NotTest(right)), new PairTest(IsAnd: true, new NotTest(left), right));

    private static KernelTest NotZero(Quantity number)
    {
        if (number.Type == typeof(bool))
        {
            return new RangeTest(number.Base, 1, number.Base.Greatest, number.End);
        }
        if (Quantity.Number(number.ValueOf(number.Base.Greatest)) is null || number.Type.IsEnum)
        {
            throw new NotInKernelException("whether it counts as true is not a matter of its number");
        }
        var (from, behind) = number.Bounds(value => Numeric.Compare(Quantity.Number(value)!.Value, 0));
        return Safe(number, new NotTest(new RangeTest(number.Base, from, behind - 1, number.End)));
    }

    private KernelTest Equal(ExpressionNode left, ExpressionNode right, bool ignoreCase)
    {
        if (Text(left) is { } text)
        {
            return right is ConstantNode { Value: not (null or Array) } wanted
                ? TextTranslator.EqualsAny(text, [_rules.TextOf(wanted.Value)], ignoreCase) : throw NoConstant();
        }
        if (Text(right) is { } other)
        {
            return left is ConstantNode { Value: string wanted }
                ? TextTranslator.EqualsAny(other, [wanted], ignoreCase) : throw NoConstant();
        }
        if (_places.Find(left) is { Shape: ReadShape } place && right is ConstantNode { Value: var value }
            && Address(place, value) is { } bytes)
        {
            return bytes;
        }
        return Compare(left, right, Operator.Equal);

        static NotInKernelException NoConstant() => new("the text is not compared with one constant text");
    }

    private KernelTest Ordered(ExpressionNode left, ExpressionNode right, Operator wanted) =>
        Text(left) is null && Text(right) is null ? Compare(left, right, wanted)
        : throw new NotInKernelException("the order of text depends on the language");

    private KernelTest Compare(ExpressionNode left, ExpressionNode right, Operator wanted)
    {
        if (right is ConstantNode constant)
        {
            return WithConstant(_numbers.Of(left), constant.Value, wanted, isOnLeft: false);
        }
        if (left is ConstantNode first)
        {
            return WithConstant(_numbers.Of(right), first.Value, Turned(wanted), isOnLeft: true);
        }
        var (one, other) = (_numbers.Of(left), _numbers.Of(right));
        var areSigned = one.Base.IsSigned && other.Base.IsSigned;
        if (!one.IsDirect || !other.IsDirect || one.Type.IsEnum && other.Type.IsEnum
            || !areSigned && (one.Base.Least < 0 || other.Base.Least < 0))
        {
            throw new NotInKernelException("the kernel cannot compare these two numbers as they are");
        }
        var (condition, signed) = wanted switch
        {
            Operator.Equal => (Jump.Equal, Jump.Equal),
            Operator.Less => (Jump.Less, Jump.SignedLess),
            Operator.LessOrEqual => (Jump.LessOrEqual, Jump.SignedLessOrEqual),
            Operator.Greater => (Jump.Greater, Jump.SignedGreater),
            _ => (Jump.GreaterOrEqual, Jump.SignedGreaterOrEqual),
        };
        return Safe(one, Safe(other, new OrderTest(condition, signed, one.Base, other.Base, Math.Max(one.End, other.End))));
    }

    private KernelTest WithConstant(Quantity number, object? constant, Operator wanted, bool isOnLeft)
    {
        if (number.Type == typeof(bool))
        {
            return wanted == Operator.Equal && !isOnLeft && constant is not null && _rules.TryConvert(constant, typeof(bool), out var truth)
                ? new RangeTest(number.Base, (bool)truth! ? 1 : 0, (bool)truth ? number.Base.Greatest : 0, number.End)
                : throw new NotInKernelException("the kernel compares true and false for equality only");
        }
        if (number.Type == typeof(Numeric) && !number.IsDirect && Quantity.Number(constant) is { } exact
            && Math.Abs(exact.Real) > NumberTranslator.Exact)
        {
            // Whole numbers and doubles, which are rounded there, take turns in the results.
            throw new NotInKernelException("the constant is too large for exact arithmetic");
        }
        var order = Order(number, constant, isOnLeft);
        var (from, behind) = number.Bounds(order);
        var (least, greatest) = (number.Base.Least, number.Base.Greatest);
        var (isLess, isNotMore) = ((least, from - 1), (least, behind - 1));
        var (isMore, isNotLess) = ((behind, greatest), (from, greatest));
        var range = (wanted, number.IsFalling) switch
        {
            (Operator.Equal, _) => (from, behind - 1),
            (Operator.Less, false) or (Operator.Greater, true) => isLess,
            (Operator.LessOrEqual, false) or (Operator.GreaterOrEqual, true) => isNotMore,
            (Operator.Greater, false) or (Operator.Less, true) => isMore,
            _ => isNotLess,
        };
        return Safe(number, new RangeTest(number.Base, range.Item1, range.Item2, number.End));
    }

    /// <summary>The order of the script's value beside a constant, as the script converts that.</summary>
    private Func<object, int> Order(Quantity number, object? constant, bool isOnLeft)
    {
        if (constant is double or float && !double.IsFinite(Convert.ToDouble(constant, CultureInfo.InvariantCulture)))
        {
            throw new NotInKernelException("a constant in it is not a number");
        }
        if (Quantity.Number(constant) is { } real && (Numeric.Takes(number.Type) || number.Type.IsEnum))
        {
            return value => Numeric.Compare(Quantity.Number(value)!.Value, real);
        }
        if (isOnLeft || constant is null or Array or decimal || number.Type == typeof(Numeric)
            || !_rules.TryConvert(constant, number.Type, out var converted) || converted is null)
        {
            throw new NotInKernelException("the kernel cannot compare the number with this constant");
        }
        if (converted is TimeSpan duration)
        {
            return value => ((TimeSpan)value).CompareTo(duration);
        }
        var same = Quantity.Number(converted is Enum ? Convert.ChangeType(converted, Enum.GetUnderlyingType(number.Type),
            CultureInfo.InvariantCulture) : converted) ?? throw new NotInKernelException("the constant is not a number");
        return value => Numeric.Compare(Quantity.Number(value)!.Value, same);
    }

    /// <summary>Whether an address is a certain one; null if the place is none.</summary>
    private BytesTest? Address(RecordPlace place, object? value)
    {
        var type = place.Type == typeof(IPAddress) ? typeof(BpfIPAddress)
            : place.Type == typeof(PhysicalAddress) ? typeof(BpfMacAddress) : null;
        if (type is null)
        {
            return null;
        }
        var bytes = !_rules.TryConvert(value, type, out var converted) ? null : converted switch
        {
            IPAddress { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6, ScopeId: not 0 } => null,
            IPAddress address => address.GetAddressBytes(),
            PhysicalAddress address => address.GetAddressBytes(),
            _ => null,
        };
        return bytes?.Length == place.Shape!.Size ? new BytesTest(place.Offset, bytes)
            : throw new NotInKernelException("the address is of another kind");
    }

    private KernelTest Contains(ExpressionNode list, ExpressionNode value, bool ignoreCase)
    {
        if (list is not ConstantNode { Value: var constants })
        {
            throw new NotInKernelException("the list is not a constant");
        }
        var elements = constants as Array ?? new[] { constants };
        if (Text(value) is { } text)
        {
            return elements.Length > 0 && elements.Cast<object?>().All(element => element is string)
                ? TextTranslator.EqualsAny(text, [.. elements.Cast<string>()], ignoreCase)
                : throw new NotInKernelException("the list has other things than text");
        }
        var number = _numbers.Of(value);
        if (!number.IsDirect || number.Type == typeof(bool))
        {
            throw new NotInKernelException("the kernel looks for numbers of the record itself only");
        }
        var wanted = new SortedSet<Int128>();
        foreach (var element in elements)
        {
            if (Quantity.Number(element) is not { } real)
            {
                throw new NotInKernelException("the list has other things than numbers");
            }
            var (from, behind) = number.Bounds(other => Numeric.Compare(Quantity.Number(other)!.Value, real));
            if (behind - from > 1)
            {
                throw new NotInKernelException("several numbers equal one in the list");
            }
            if (behind > from)
            {
                wanted.Add(from);
            }
        }
        return wanted.Count == 0 ? new ConstantTest(false)
            : wanted.Max - wanted.Min == wanted.Count - 1 ? Safe(number, new RangeTest(number.Base, wanted.Min, wanted.Max, number.End))
            : wanted.Count > SetTest.Most ? throw new NotInKernelException($"more than {SetTest.Most} values are too many for the kernel")
            : wanted.Max - wanted.Min > long.MaxValue ? throw new NotInKernelException("the numbers are too far apart")
            : Safe(number, new SetTest(number.Base, [.. wanted], number.End));
    }

    private KernelTest Like(RecordPlace text, string pattern, bool ignoreCase) =>
        TextTranslator.Like(text, pattern, ignoreCase, _rules);

    private KernelTest Matches(BinaryNode node, Func<RecordPlace, string, bool, KernelTest> test) =>
        Text(node.Left) is not { } text ? throw new NotInKernelException("the kernel makes no text of other members")
        : node.Right is ConstantNode { Value: not (null or Array) } pattern ? test(text, _rules.TextOf(pattern.Value), node.IgnoreCase)
        : throw new NotInKernelException("the pattern is not a constant");

    /// <summary>Where the text of a member is; null if it is not text.</summary>
    private RecordPlace? Text(ExpressionNode node) => _places.Find(node) is { Shape: TextShape } place ? place : null;

    private static KernelTest Safe(Quantity number, KernelTest test) =>
        number.Divisors.Where(divisor => divisor.Least <= 0)
            .Aggregate(test, (then, divisor) => new DivisibleTest(divisor, then, number.End));

    private static Operator Turned(Operator wanted) => wanted switch
    {
        Operator.Less => Operator.Greater,
        Operator.LessOrEqual => Operator.GreaterOrEqual,
        Operator.Greater => Operator.Less,
        Operator.GreaterOrEqual => Operator.LessOrEqual,
        _ => wanted,
    };
}
