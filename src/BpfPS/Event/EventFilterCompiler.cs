using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using System.Text.RegularExpressions;
using BpfPS.Records;

namespace BpfPS.Commands;

/// <summary>
/// Turns a filter such as <c>{ $_.uid -eq 0 -and $_.comm -like 'ba*' }</c> into a condition on bytes. It takes
/// comparisons of a member with a value, -and, -or, -not and parentheses; whatever else a script block can do belongs in Where-Object.
/// </summary>
internal static class EventFilterCompiler
{
    public static RecordPredicate Compile(ScriptBlock filter, RecordClass? recordClass, SessionState session)
    {
        if (recordClass is null)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                "The struct of the events is not known, so -Filter has no members to look at.", "Name the struct with -EventType.");
        }
        var body = (ScriptBlockAst)filter.Ast;
        if (body.EndBlock?.Statements is [PipelineAst { PipelineElements: [CommandExpressionAst { Expression: var expression }] }])
        {
            return Condition(expression, recordClass, session);
        }
        throw Unsupported(body);
    }

    private static RecordPredicate Condition(ExpressionAst expression, RecordClass recordClass, SessionState session)
    {
        switch (expression)
        {
            case ParenExpressionAst { Pipeline: PipelineAst { PipelineElements: [CommandExpressionAst inner] } }:
                return Condition(inner.Expression, recordClass, session);
            case UnaryExpressionAst { TokenKind: TokenKind.Not or TokenKind.Exclaim } not:
                var negated = Condition(not.Child, recordClass, session);
                return (data, length) => !negated(data, length);
            case BinaryExpressionAst { Operator: TokenKind.And } and:
                var (left, right) = (Condition(and.Left, recordClass, session), Condition(and.Right, recordClass, session));
                return (data, length) => left(data, length) && right(data, length);
            case BinaryExpressionAst { Operator: TokenKind.Or } or:
                var (either, other) = (Condition(or.Left, recordClass, session), Condition(or.Right, recordClass, session));
                return (data, length) => either(data, length) || other(data, length);
            case BinaryExpressionAst comparison when Member(comparison.Left) is { } member:
                return Comparison(comparison, member, Value(comparison.Right, session), recordClass);
            default:
                throw Unsupported(expression);
        }
    }

    private static RecordPredicate Comparison(BinaryExpressionAst comparison, string member, object? value, RecordClass recordClass)
    {
        switch (comparison.Operator)
        {
            case TokenKind.Ilike:
                return RecordFilter.Compare(recordClass, member, FilterOperator.Match, WildcardText(value));
            case TokenKind.Inotlike:
                return RecordFilter.Compare(recordClass, member, FilterOperator.NotMatch, WildcardText(value));
            case TokenKind.Iin:
                var any = LanguagePrimitives.GetEnumerable(value)?.Cast<object>()
                    .Select(one => RecordFilter.Compare(recordClass, member, FilterOperator.Equal, Plain(one))).ToArray()
                    ?? [RecordFilter.Compare(recordClass, member, FilterOperator.Equal, value)];
                return (data, length) => Array.Exists(any, one => one(data, length));
        }
        return RecordFilter.Compare(recordClass, member, comparison.Operator switch
        {
            TokenKind.Ieq => FilterOperator.Equal,
            TokenKind.Ine => FilterOperator.NotEqual,
            TokenKind.Ilt => FilterOperator.Less,
            TokenKind.Ile => FilterOperator.LessOrEqual,
            TokenKind.Igt => FilterOperator.Greater,
            TokenKind.Ige => FilterOperator.GreaterOrEqual,
            TokenKind.Imatch => FilterOperator.Match,
            TokenKind.Inotmatch => FilterOperator.NotMatch,
            _ => throw Unsupported(comparison),
        }, value);
    }

    private static string? Member(ExpressionAst expression) =>
        expression is MemberExpressionAst { Static: false, Expression: VariableExpressionAst variable,
            Member: StringConstantExpressionAst name } and not InvokeMemberExpressionAst
        && variable.VariablePath.UserPath is ("_" or "PSItem") ? name.Value : null;

    /// <summary>The value of a side that does not depend on the event, as the user's session has it.</summary>
    private static object? Value(ExpressionAst expression, SessionState session)
    {
        if (expression.Find(ast => ast is VariableExpressionAst { VariablePath.UserPath: "_" or "PSItem" },
            searchNestedScriptBlocks: true) is not null)
        {
            throw Unsupported(expression);
        }
        return expression switch
        {
            ConstantExpressionAst constant => constant.Value,
            _ => session.InvokeCommand.InvokeScript(session, ScriptBlock.Create(expression.Extent.Text)) switch
            {
                [] => null,
                [var only] => Plain(only),
                var several => several.Select(Plain).ToArray(),
            },
        };
    }

    private static object? Plain(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>PowerShell's wildcards as a regular expression: the engine knows only those.</summary>
    private static string WildcardText(object? value)
    {
        var text = value?.ToString() ?? "";
        var pattern = new StringBuilder("^(?s:");
        for (var i = 0; i < text.Length; i++)
        {
            var end = text[i] == '[' ? text.IndexOf(']', i + 1) : -1;
            _ = text[i] switch
            {
                '*' => pattern.Append(".*"),
                '?' => pattern.Append('.'),
                '`' when i + 1 < text.Length => pattern.Append(Regex.Escape(text[++i].ToString())),
                '[' when end > i + 1 =>
                    pattern.Append('[').Append(text[(i + 1)..end].Replace("\\", "\\\\", StringComparison.Ordinal)
                    .Replace("^", "\\^", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal)).Append(']'),
                _ => pattern.Append(Regex.Escape(text[i].ToString())),
            };
            if (text[i] == '[' && end > i + 1)
            {
                i = end;
            }
        }
        return pattern.Append(")$").ToString();
    }

    private static BpfException Unsupported(Ast ast) =>
        new(BpfErrorKind.InvalidArgument, $"-Filter cannot decide '{ast.Extent.Text}' on an event's bytes.",
            "It takes comparisons of a member with a value, such as { $_.uid -eq 0 -and $_.comm -like 'ba*' }. "
            + "For anything else use | Where-Object { ... }.");
}
