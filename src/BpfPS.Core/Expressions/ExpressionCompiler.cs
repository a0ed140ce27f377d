using System.Linq.Expressions;
using System.Reflection;
using BpfPS.Records;

namespace BpfPS.Expressions;

/// <summary>
/// Makes one piece of code of an expression, which decides on a record's bytes. Its answers are those that the user's language has for
/// the object: what is common is compared as it lies in the record, and for the rest the language's own rules are asked.
/// </summary>
internal sealed class ExpressionCompiler
{
    private static readonly ParameterExpression s_data = Expression.Parameter(typeof(nint), "data");
    private static readonly ParameterExpression s_length = Expression.Parameter(typeof(int), "length");

    private readonly IValueRules _rules;
    private readonly RecordPlaces _places;
    private readonly MemberReader _members = new(s_data, s_length);
    private readonly Comparison _comparison;
    private bool _divides;

    private ExpressionCompiler(RecordClass recordClass, IValueRules rules, bool hasNames)
    {
        _rules = rules;
        _places = new RecordPlaces(recordClass, hasNames);
        _comparison = new Comparison(rules);
    }

    /// <summary>Compiles a condition.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="recordClass">The class of the records.</param>
    /// <param name="rules">The rules of the language that the condition is written in.</param>
    /// <exception cref="BpfException">A member does not exist, or a part cannot be decided on a record's bytes.</exception>
    public static RecordPredicate Condition(ExpressionNode condition, RecordClass recordClass, IValueRules rules)
    {
        var compiler = new ExpressionCompiler(recordClass, rules, hasNames: false);
        var code = compiler._comparison.Truth(compiler.Operand(condition));
        if (compiler._divides)
        {
            // In a pipeline this is an error for the one object, which does not pass.
            code = Expression.TryCatch(code, Expression.Catch(typeof(DivideByZeroException), Expression.Constant(false)));
        }
        return Expression.Lambda<RecordPredicate>(code, s_data, s_length).Compile();
    }

    /// <summary>Compiles a member or a calculated value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="recordClass">The class of the records.</param>
    /// <param name="rules">The rules of the language that it is written in.</param>
    /// <exception cref="BpfException">A member does not exist, or a part cannot be worked out from a record's bytes.</exception>
    public static RecordValue Value(ExpressionNode value, RecordClass recordClass, IValueRules rules)
    {
        var compiler = new ExpressionCompiler(recordClass, rules, hasNames: true);
        var operand = compiler.Operand(value);
        return new RecordValue(operand, compiler._places.Find(value), compiler._divides, s_data, s_length);
    }

    private Operand Operand(ExpressionNode node) => node switch
    {
        ConstantNode constant => Expressions.Operand.Of(constant.Value),
        MemberNode or IndexNode or RecordNode or CallNode when _places.Find(node) is { } place => _members.Read(place)
            ?? throw Undecidable(node, "its value is made with the object only"),
        MemberNode { Name: var name } member => Property(member, Operand(member.Target), name),
        CallNode call => Call(call, Operand(call.Target)),
        IndexNode index => Element(index, Operand(index.Target)),
        UnaryNode unary => Unary(unary),
        BinaryNode binary => Binary(binary),
        _ => throw Undecidable(node, "it is not a condition on a member"),
    };

    private Operand Binary(BinaryNode node)
    {
        switch (node.Operator)
        {
            case Operator.And:
                return new(Expression.AndAlso(Truth(node.Left), Truth(node.Right)));
            case Operator.Or:
                return new(Expression.OrElse(Truth(node.Left), Truth(node.Right)));
            case Operator.Xor:
                return new(Expression.NotEqual(Truth(node.Left), Truth(node.Right)));
        }
        var (left, right) = (Operand(node.Left), Operand(node.Right));
        switch (node.Operator)
        {
            case Operator.In:
                return new(Contains(node, right, left));
            case Operator.NotIn:
                return new(Expression.Not(Contains(node, right, left)));
            case Operator.Contains:
                return new(Contains(node, left, right));
            case Operator.NotContains:
                return new(Expression.Not(Contains(node, left, right)));
        }
        if (left.Type.IsArray)
        {
            throw Undecidable(node, "the left side is a list, of which this operator selects elements; -contains asks for one");
        }
        return node.Operator switch
        {
            Operator.Equal => new(_comparison.Equal(left, right, node.IgnoreCase)),
            Operator.NotEqual => new(Expression.Not(_comparison.Equal(left, right, node.IgnoreCase))),
            Operator.Less or Operator.LessOrEqual or Operator.Greater or Operator.GreaterOrEqual =>
                new(_comparison.Ordered(left, right, node.Operator, node.IgnoreCase)
                    ?? throw Undecidable(node, "the two sides have no order")),
            Operator.Like => new(Matches(node, left, right, _rules.Wildcard)),
            Operator.NotLike => new(Expression.Not(Matches(node, left, right, _rules.Wildcard))),
            Operator.Match => new(Matches(node, left, right, _rules.Regex)),
            Operator.NotMatch => new(Expression.Not(Matches(node, left, right, _rules.Regex))),
            _ => Arithmetic(node, left, right),
        };
    }

    private Operand Unary(UnaryNode node)
    {
        if (node.Operator == Operator.Not)
        {
            return new(Expression.Not(Truth(node.Operand)));
        }
        var operand = Operand(node.Operand);
        var method = node.Operator == Operator.BitNot ? nameof(Numeric.BitNot) : nameof(Numeric.Negate);
        return new(Expression.Call(typeof(Numeric), method, null,
            Comparison.Number(operand) ?? throw Undecidable(node, "it is not a number")));
    }

    private Operand Arithmetic(BinaryNode node, Operand left, Operand right)
    {
        if (node.Operator is Operator.BitAnd or Operator.BitOr or Operator.BitXor)
        {
            (left, right) = (Comparison.NumberOf(left), Comparison.NumberOf(right));
        }
        if (Comparison.Number(left) is not { } one || Comparison.Number(right) is not { } other)
        {
            throw Undecidable(node, "one side is not a number");
        }
        if (node.Operator is Operator.ShiftLeft or Operator.ShiftRight)
        {
            if (right is not { IsConstant: true, Constant: int count })
            {
                throw Undecidable(node, "the number of bits to shift by is not a whole number");
            }
            var shifted = Expression.Call(typeof(Numeric), node.Operator.ToString(), null, one, Expression.Constant(count));
            // What is shifted keeps its type, and what leaves that is gone.
            return new(Type.GetTypeCode(left.Type) is TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16
                ? Expression.Convert(Expression.Property(shifted, nameof(Numeric.Bits)), left.Type) : shifted);
        }
        _divides |= node.Operator is Operator.Divide or Operator.Remainder;
        return new(Expression.Call(typeof(Numeric), node.Operator.ToString(), null, one, other));
    }

    private MethodCallExpression Matches(BinaryNode node, Operand text, Operand pattern, Func<string, bool, Func<string, bool>> matcher) =>
        pattern.IsConstant && pattern.Constant is not Array
            ? Expression.Call(Expression.Constant(matcher(_rules.TextOf(pattern.Constant), node.IgnoreCase)),
                typeof(Func<string, bool>).GetMethod(nameof(Func<string, bool>.Invoke))!, _comparison.Text(text))
            : throw Undecidable(node, "the pattern is not one text that is known before the events");

    /// <summary>Whether a list has an element that equals a value. Anything else counts as a list with one element.</summary>
    private Expression Contains(BinaryNode node, Operand list, Operand value)
    {
        if (value.Type.IsArray)
        {
            throw Undecidable(node, "a list cannot be an element of a list");
        }
        if (list is { IsConstant: true, Constant: Array constants })
        {
            return _comparison.EqualsAny(constants, value, node.IgnoreCase);
        }
        if (!list.Type.IsArray)
        {
            return _comparison.Equal(list, value, node.IgnoreCase);
        }
        return Expression.Call(typeof(Lists), nameof(Lists.Contain), [list.Type.GetElementType()!], list.Code,
            Expression.Convert(value.Code, typeof(object)), Expression.Constant(_rules), Expression.Constant(node.IgnoreCase));
    }

    private static Operand Property(MemberNode node, Operand target, string name)
    {
        if (target.Type.IsArray && name.Equals("Count", StringComparison.OrdinalIgnoreCase))
        {
            name = nameof(Array.Length);
        }
        var type = Nullable.GetUnderlyingType(target.Type) ?? target.Type;
        var property = target.IsConstant ? null
            : type.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
        if (property is null || property.GetIndexParameters().Length > 0)
        {
            throw Undecidable(node, $"a value of type {target.Type.Name} has no such property here");
        }
        if (type == target.Type)
        {
            return new(Expression.Property(target.Code, property));
        }
        // Nothing has no properties, and what is asked of it is nothing.
        var value = Expression.Variable(target.Type);
        var result = property.PropertyType.IsValueType ? typeof(Nullable<>).MakeGenericType(property.PropertyType) : property.PropertyType;
        return new(Expression.Block([value], Expression.Assign(value, target.Code), Expression.Condition(
            Expression.Property(value, nameof(Nullable<>.HasValue)),
            Expression.Convert(Expression.Property(Expression.Property(value, nameof(Nullable<>.Value)), property), result),
            Expression.Default(result))));
    }

    private Operand Call(CallNode node, Operand target)
    {
        if (target.Type != typeof(string) || target.IsConstant)
        {
            throw Undecidable(node, "only text has methods here");
        }
        var arguments = node.Arguments.Select(Operand).ToArray();
        var method = typeof(string).GetMethods(BindingFlags.Public | BindingFlags.Instance).FirstOrDefault(method =>
            method.Name.Equals(node.Name, StringComparison.OrdinalIgnoreCase) && !method.IsGenericMethod
            && method.GetParameters().Select(parameter => parameter.ParameterType).SequenceEqual(arguments.Select(one => one.Type)));
        return method is not null && method.ReturnType != typeof(void)
            ? new(Expression.Call(target.Code, method, arguments.Select(argument => argument.Code)))
            : throw Undecidable(node, "text has no such method with these arguments");
    }

    private static Operand Element(IndexNode node, Operand target) => target.Type.IsArray && !target.IsConstant
        ? new(Expression.Call(typeof(Lists), nameof(Lists.Element), [target.Type.GetElementType()!], target.Code,
            Expression.Constant(node.Index)))
        : throw Undecidable(node, "it is not a list");

    private Expression Truth(ExpressionNode node) => _comparison.Truth(Operand(node));

    /// <summary>The error for a part that only the object can answer.</summary>
    internal static BpfException Undecidable(ExpressionNode node, string reason) => new(BpfErrorKind.InvalidArgument,
        $"'{VisibleText.Escape(node.Text)}' cannot be decided on an event's bytes: {VisibleText.Escape(reason)}.",
        "Leave this part to the pipeline, to Where-Object or Select-Object.");
}
