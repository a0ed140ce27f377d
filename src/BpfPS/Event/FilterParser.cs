using System.Management.Automation;
using System.Management.Automation.Language;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Commands;

/// <summary>
/// Makes a condition on a record's bytes of a script block such as <c>{ $_.uid -eq 0 -and $_.comm -like 'ba*' }</c>. What does not depend
/// on the event is worked out once, in the user's session.
/// </summary>
internal sealed class FilterParser
{
    private readonly SessionState _session;

    private FilterParser(SessionState session) => _session = session;

    /// <summary>Compiles a filter whose constants have been worked out.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="recordClass">The class of the events; null if it is not known.</param>
    /// <exception cref="BpfException">It cannot be decided on an event's bytes.</exception>
    public static RecordPredicate Condition(ExpressionNode filter, RecordClass? recordClass) => recordClass is not null
        ? ExpressionCompiler.Condition(filter, recordClass, ScriptRules.Instance)
        : throw new BpfException(BpfErrorKind.InvalidArgument,
            "The struct of the events is not known, so -Filter has no members to look at.", "Name the struct with -EventType.");

    /// <summary>The condition of a script block.</summary>
    internal static ExpressionNode Parse(ScriptBlock filter, SessionState session)
    {
        var body = (ScriptBlockAst)filter.Ast;
        return body is { ParamBlock: null, BeginBlock: null, ProcessBlock: null, DynamicParamBlock: null, EndBlock.Statements:
            [PipelineAst { PipelineElements: [CommandExpressionAst { Expression: var expression }] }] }
            ? new FilterParser(filter.Module?.SessionState ?? session).Node(expression) // a closure has variables of its own
            : throw Undecidable(body.EndBlock?.Statements.FirstOrDefault() ?? (Ast)body, "it is not one expression");
    }

    /// <summary>A member by its path: <c>comm</c>, <c>source.port</c>.</summary>
    internal static ExpressionNode Member(string path) => path.Split('.').Aggregate((ExpressionNode)new RecordNode("$_"),
        (target, name) => new MemberNode(target, name, path));

    private ExpressionNode Node(ExpressionAst expression)
    {
        if (!DependsOnRecord(expression))
        {
            return new ConstantNode(Value(expression), expression.Extent.Text);
        }
        var text = expression.Extent.Text;
        switch (expression)
        {
            case VariableExpressionAst:
                return new RecordNode(text);
            case ParenExpressionAst { Pipeline: PipelineAst { PipelineElements: [CommandExpressionAst { Expression: var inner }] } }:
                return Node(inner);
            case InvokeMemberExpressionAst { Static: false, Member: StringConstantExpressionAst method } call:
                return new CallNode(Node(call.Expression), method.Value, [.. call.Arguments?.Select(Node) ?? []], text);
            case MemberExpressionAst { Static: false, Member: StringConstantExpressionAst name } member and not InvokeMemberExpressionAst:
                return new MemberNode(Node(member.Expression), name.Value, text);
            case IndexExpressionAst index when !DependsOnRecord(index.Index) && Value(index.Index) is int at:
                return new IndexNode(Node(index.Target), at, text);
            case UnaryExpressionAst { TokenKind: TokenKind.Not or TokenKind.Exclaim } not:
                return new UnaryNode(Operator.Not, Node(not.Child), text);
            case UnaryExpressionAst { TokenKind: TokenKind.Minus } minus:
                return new UnaryNode(Operator.Negate, Node(minus.Child), text);
            case UnaryExpressionAst { TokenKind: TokenKind.Bnot } bits:
                return new UnaryNode(Operator.BitNot, Node(bits.Child), text);
            case BinaryExpressionAst binary when OperatorOf(binary.Operator) is { } known:
                return new BinaryNode(known.Operator, Node(binary.Left), Node(binary.Right), known.IgnoreCase, text);
            default:
                throw Undecidable(expression, "this operator or expression is not known to filters");
        }
    }

    private static bool DependsOnRecord(Ast ast) => ast.Find(
        inner => inner is VariableExpressionAst { VariablePath: var path } && IsRecord(path) && !IsOfPipeline(inner, ast),
        searchNestedScriptBlocks: true) is not null;

    private static bool IsRecord(VariablePath variable) =>
        variable.UserPath == "_" || variable.UserPath.Equals("PSItem", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a variable is what a pipeline within a part of the filter gives to a script block of one of its commands.</summary>
    private static bool IsOfPipeline(Ast variable, Ast part)
    {
        for (var ast = variable; ast != part; ast = ast.Parent)
        {
            if (ast is ScriptBlockExpressionAst { Parent: CommandAst { Parent: PipelineAst pipeline } command }
                && pipeline.PipelineElements[0] != command)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The value of a part that does not depend on the event, as the user's session has it.</summary>
    private object? Value(ExpressionAst expression) => expression is ConstantExpressionAst constant ? constant.Value
        : _session.InvokeCommand.InvokeScript(_session, ScriptBlock.Create(expression.Extent.Text)) switch
        {
            [] => null,
            [var only] => Plain(only),
            var several => several.Select(Plain).ToArray(),
        };

    private static object? Plain(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static (Operator Operator, bool IgnoreCase)? OperatorOf(TokenKind kind) => kind switch
    {
        TokenKind.And => (Operator.And, true),
        TokenKind.Or => (Operator.Or, true),
        TokenKind.Xor => (Operator.Xor, true),
        TokenKind.Ieq or TokenKind.Ceq => (Operator.Equal, kind == TokenKind.Ieq),
        TokenKind.Ine or TokenKind.Cne => (Operator.NotEqual, kind == TokenKind.Ine),
        TokenKind.Ilt or TokenKind.Clt => (Operator.Less, kind == TokenKind.Ilt),
        TokenKind.Ile or TokenKind.Cle => (Operator.LessOrEqual, kind == TokenKind.Ile),
        TokenKind.Igt or TokenKind.Cgt => (Operator.Greater, kind == TokenKind.Igt),
        TokenKind.Ige or TokenKind.Cge => (Operator.GreaterOrEqual, kind == TokenKind.Ige),
        TokenKind.Ilike or TokenKind.Clike => (Operator.Like, kind == TokenKind.Ilike),
        TokenKind.Inotlike or TokenKind.Cnotlike => (Operator.NotLike, kind == TokenKind.Inotlike),
        TokenKind.Imatch or TokenKind.Cmatch => (Operator.Match, kind == TokenKind.Imatch),
        TokenKind.Inotmatch or TokenKind.Cnotmatch => (Operator.NotMatch, kind == TokenKind.Inotmatch),
        TokenKind.Iin or TokenKind.Cin => (Operator.In, kind == TokenKind.Iin),
        TokenKind.Inotin or TokenKind.Cnotin => (Operator.NotIn, kind == TokenKind.Inotin),
        TokenKind.Icontains or TokenKind.Ccontains => (Operator.Contains, kind == TokenKind.Icontains),
        TokenKind.Inotcontains or TokenKind.Cnotcontains => (Operator.NotContains, kind == TokenKind.Inotcontains),
        TokenKind.Plus => (Operator.Add, true),
        TokenKind.Minus => (Operator.Subtract, true),
        TokenKind.Multiply => (Operator.Multiply, true),
        TokenKind.Divide => (Operator.Divide, true),
        TokenKind.Rem => (Operator.Remainder, true),
        TokenKind.Band => (Operator.BitAnd, true),
        TokenKind.Bor => (Operator.BitOr, true),
        TokenKind.Bxor => (Operator.BitXor, true),
        TokenKind.Shl => (Operator.ShiftLeft, true),
        TokenKind.Shr => (Operator.ShiftRight, true),
        _ => null,
    };

    private static BpfException Undecidable(Ast ast, string reason) =>
        ExpressionCompiler.Undecidable(new RecordNode(ast.Extent.Text), reason);
}
