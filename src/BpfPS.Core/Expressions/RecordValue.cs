using System.Linq.Expressions;

namespace BpfPS.Expressions;

/// <summary>The value of a record as a boxed object; null where the record has none.</summary>
/// <param name="data">The address of the record, which has at least the minimum size of its class.</param>
/// <param name="length">The record's length.</param>
internal delegate object? RecordObject(nint data, int length);

/// <summary>The value of a record as a number; nothing where the record has none.</summary>
/// <param name="data">The address of the record, which has at least the minimum size of its class.</param>
/// <param name="length">The record's length.</param>
internal delegate Numeric RecordNumber(nint data, int length);

/// <summary>A member or calculated value of a record, which is read from the record's bytes.</summary>
internal sealed class RecordValue
{
    private readonly Operand _operand;
    private readonly bool _divides;
    private readonly ParameterExpression[] _parameters;

    /// <param name="operand">The code of the value.</param>
    /// <param name="place">Where it lies in the record; null if it is calculated.</param>
    /// <param name="divides">Whether the code can divide by zero, which leaves the record without a value.</param>
    /// <param name="data">The code's parameter for the record's address.</param>
    /// <param name="length">The code's parameter for the record's length.</param>
    public RecordValue(Operand operand, RecordPlace? place, bool divides, ParameterExpression data, ParameterExpression length)
    {
        _operand = operand;
        _divides = divides;
        _parameters = [data, length];
        Place = place;
        Type = operand.Type == typeof(Numeric) ? typeof(object) : operand.Type;
        IsCalculatedNumber = operand.Type == typeof(Numeric);
    }

    /// <summary>Its .NET type; object for a calculated number, whose type each record decides.</summary>
    public Type Type { get; }

    /// <summary>Whether it is a number that is calculated.</summary>
    public bool IsCalculatedNumber { get; }

    /// <summary>Where it lies in the record; null if it is calculated.</summary>
    public RecordPlace? Place { get; }

    /// <summary>Code that gives the value as the property of the object has it.</summary>
    /// <param name="data">Code for the record's address.</param>
    /// <param name="length">Code for the record's length.</param>
    public Expression Code(ParameterExpression data, ParameterExpression length) =>
        Expression.Block([_parameters[0], _parameters[1]], Expression.Assign(_parameters[0], data),
            Expression.Assign(_parameters[1], length), Code());

    /// <summary>Compiles code that gives the value as an object.</summary>
    public RecordObject ToObject() =>
        Expression.Lambda<RecordObject>(Expression.Convert(Code(), typeof(object)), _parameters).Compile();

    /// <summary>
    /// Compiles code that gives the value as a number: of a duration or a time its ticks, of an enum its value, of a truth value 0 or 1.
    /// </summary>
    /// <returns>Null if the value is none of these.</returns>
    public RecordNumber? ToNumber() => Number() is { } number
        ? Expression.Lambda<RecordNumber>(Guarded(number), _parameters).Compile() : null;

    private Expression Code() =>
        Guarded(IsCalculatedNumber ? Expression.Call(_operand.Code, nameof(Numeric.ToObject), null) : _operand.Code);

    private Expression? Number()
    {
        var code = _operand.Code;
        if (Comparison.Number(_operand) is { } number)
        {
            return number;
        }
        if (code.Type == typeof(bool))
        {
            return Expression.Convert(Expression.Condition(code, Expression.Constant(1), Expression.Constant(0)), typeof(Numeric));
        }
        if (code.Type.IsEnum)
        {
            return Comparison.Number(Comparison.NumberOf(_operand));
        }
        if (code.Type == typeof(TimeSpan))
        {
            return Expression.Convert(Expression.Property(code, nameof(TimeSpan.Ticks)), typeof(Numeric));
        }
        return code.Type == typeof(DateTime?) ? Expression.Call(typeof(RecordValue), nameof(Ticks), null, code) : null;
    }

    private Expression Guarded(Expression code) => _divides
        ? Expression.TryCatch(code, Expression.Catch(typeof(DivideByZeroException), Expression.Default(code.Type))) : code;

    private static Numeric Ticks(DateTime? time) => time?.Ticks ?? default(Numeric);
}
