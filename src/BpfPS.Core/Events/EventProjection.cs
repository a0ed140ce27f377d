using System.Linq.Expressions;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Events;

/// <summary>
/// Some members of events, and values that are calculated from them, as a class of their own: only these are read from an event's bytes.
/// </summary>
internal static class EventProjection
{
    /// <summary>Makes the class for properties of a struct.</summary>
    /// <param name="properties">The properties, in order.</param>
    /// <param name="recordClass">The class of the whole struct.</param>
    /// <param name="rules">The rules of the language that the expressions are written in.</param>
    /// <returns>What makes an object of the class of an event's bytes.</returns>
    /// <exception cref="BpfException">A member does not exist, or a value cannot be worked out from an event's bytes.</exception>
    public static RecordDecoder Of(IReadOnlyList<NamedExpression> properties, RecordClass recordClass, IValueRules rules) =>
        Of(properties, recordClass, rules, []);

    /// <summary>Makes the classes for properties of several structs: where one lacks a member that another has, it is null.</summary>
    /// <param name="properties">The properties, in order.</param>
    /// <param name="classes">The classes of the whole structs.</param>
    /// <param name="rules">The rules of the language that the expressions are written in.</param>
    /// <exception cref="BpfException">No struct has a member, or a value cannot be worked out from an event's bytes.</exception>
    public static Func<RecordClass, RecordDecoder> OfSeveral(IReadOnlyList<NamedExpression> properties, IEnumerable<RecordClass> classes,
        IValueRules rules)
    {
        var lacking = classes.ToDictionary(made => made, made => properties.Where(property => Lacks(property, made, rules)).ToHashSet(),
            (IEqualityComparer<RecordClass>)ReferenceEqualityComparer.Instance);
        foreach (var property in properties.Where(property => lacking.Values.All(lack => lack.Contains(property))))
        {
            _ = Of([property], lacking.Keys.First(), rules); // the error
        }
        return made => Of(properties, made, rules, lacking[made]);
    }

    private static bool Lacks(NamedExpression property, RecordClass recordClass, IValueRules rules)
    {
        try
        {
            _ = Of([property], recordClass, rules);
            return false;
        }
        catch (BpfException e) when (e.NamesNoMember)
        {
            return true;
        }
    }

    private static RecordDecoder Of(IReadOnlyList<NamedExpression> properties, RecordClass recordClass, IValueRules rules,
        HashSet<NamedExpression> lacking)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var fields = new List<Field>();
        var calculated = new List<(string Property, RecordValue Value)>();
        var known = properties.Any(lacking.Contains)
            ? properties.SelectMany(property =>
                lacking.Contains(property) ? [property] : MemberPatterns.Expand([property], recordClass, rules))
            : MemberPatterns.Expand(properties, recordClass, rules);
        foreach (var property in known)
        {
            var name = ShapeBuilder.Unique(names, property.Name);
            if (lacking.Contains(property))
            {
                fields.Add(new Field(name, 0, new StoredShape(typeof(object))));
                continue;
            }
            if (new RecordPlaces(recordClass, hasNames: true).Find(property.Expression) is { Shape: not null } place)
            {
                fields.Add(new Field(name, place.Offset, place.Shape, place.Meaning));
                continue;
            }
            var value = ExpressionCompiler.Value(property.Expression, recordClass, rules);
            fields.Add(new Field(name, 0, new StoredShape(value.Type)));
            calculated.Add((name, value));
        }
        var whole = recordClass.Parts[0];
        var made = RecordClasses.ForValues($"BpfPS.Events.{whole.Name}", typeof(BpfEvent), whole.Size, fields);
        return calculated.Count == 0 ? made.Decode : Filled(made, calculated);
    }

    private static RecordDecoder Filled(RecordClass made, List<(string Property, RecordValue Value)> calculated)
    {
        var (first, second) = (Expression.Parameter(typeof(nint)), Expression.Parameter(typeof(nint)));
        var record = Expression.Variable(made.Type);
        ParameterExpression length = Expression.Parameter(typeof(int));
        var stores = calculated.Select(one => Expression.Assign(Expression.Property(record, one.Property), one.Value.Code(first, length)));
        return Expression.Lambda<RecordDecoder>(Expression.Block(typeof(BpfRecord), [record], [
            Expression.Assign(record, Expression.Convert(
                Expression.Invoke(Expression.Constant(made.Decode), first, second, length), made.Type)), .. stores, record]),
            first, second, length).Compile();
    }
}
