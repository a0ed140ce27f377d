using BpfPS.Records;

namespace BpfPS.Expressions;

/// <summary>Puts the members of a record in the place of patterns that match their names.</summary>
internal static class MemberPatterns
{
    /// <summary>The properties without patterns. A member that is named elsewhere too is there once, where it is named.</summary>
    /// <param name="properties">The properties.</param>
    /// <param name="recordClass">The class of the records.</param>
    /// <param name="rules">The rules of the language that the patterns are written in.</param>
    /// <exception cref="BpfException">A pattern matches no member.</exception>
    public static IReadOnlyList<NamedExpression> Expand(IReadOnlyList<NamedExpression> properties, RecordClass recordClass,
        IValueRules rules)
    {
        if (!properties.Any(property => property.Expression is PatternNode))
        {
            return properties;
        }
        var taken = properties.Where(property => property.Expression is MemberNode).Select(property => property.Name)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var expanded = new List<NamedExpression>();
        foreach (var property in properties)
        {
            if (property.Expression is not PatternNode pattern)
            {
                expanded.Add(property);
                continue;
            }
            var paths = Paths(recordClass.Fields, pattern.Path, rules).ToArray();
            if (paths.Length == 0)
            {
                throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(pattern.Text)}' matches no member.",
                    $"The members are: {string.Join(", ", recordClass.Fields.Select(field => field.Name))}.") { NamesNoMember = true };
            }
            expanded.AddRange(paths.Select(path => Named(path, pattern.Text)).Where(member => taken.Add(member.Name)));
        }
        return expanded;
    }

    private static NamedExpression Named(string[] path, string text) => new(string.Join('_', path),
        path.Aggregate((ExpressionNode)new RecordNode("$_"), (target, name) => new MemberNode(target, name, text)));

    private static IEnumerable<string[]> Paths(IReadOnlyList<Field> fields, IReadOnlyList<string> path, IValueRules rules)
    {
        var matches = rules.Wildcard(path[0], ignoreCase: true);
        string[] rest = [.. path.Skip(1)];
        foreach (var field in fields.Where(field => matches(field.Name)))
        {
            if (rest.Length == 0)
            {
                yield return [field.Name];
                continue;
            }
            foreach (var inner in field.Shape is StructShape shape ? Paths(shape.Fields, rest, rules) : [])
            {
                yield return [field.Name, .. inner];
            }
        }
    }
}
