using System.Management.Automation;
using System.Management.Automation.Language;

namespace BpfPS.Commands;

/// <summary>Makes the script of a turn of an action: one that runs the action for each event whose turn it is.</summary>
internal static class TurnScript
{
    /// <summary>
    /// Makes it, as if it were written <c>TURNS | ForEach-Object { . { ACTION } $Sender $EventArgs }</c>. It has the syntax tree of the
    /// action, so that errors and breakpoints are at their place in the user's file, and its text.
    /// </summary>
    /// <param name="action">The action.</param>
    /// <param name="turns">Gives the events of another turn whenever it is enumerated.</param>
    public static ScriptBlock Of(ScriptBlock action, IEnumerable<BpfRecord> turns)
    {
        var written = action.Ast as ScriptBlockAst ?? ((FunctionDefinitionAst)action.Ast).Body;
        var extent = written.EndBlock?.Extent ?? written.Extent;
        var run = new CommandAst(extent, [new ScriptBlockExpressionAst(written.Extent, (ScriptBlockAst)written.Copy()),
            Variable("Sender"), Variable("EventArgs")], TokenKind.Dot, null);
        var each = new CommandAst(extent, [Word(@"Microsoft.PowerShell.Core\ForEach-Object"),
            new ScriptBlockExpressionAst(extent, Script(run))], TokenKind.Unknown, null);
        var events = new ConstantExpressionAst(extent, turns);
        return Script(new CommandExpressionAst(extent, events, null), each).GetScriptBlock();

        ScriptBlockAst Script(params CommandBaseAst[] pipeline) =>
            new(extent, null, new StatementBlockAst(extent, [new PipelineAst(extent, pipeline)], null), isFilter: false);

        VariableExpressionAst Variable(string name) => new(extent, name, splatted: false);

        StringConstantExpressionAst Word(string text) => new(extent, text, StringConstantType.BareWord);
    }
}
