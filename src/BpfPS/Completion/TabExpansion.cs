using System.Collections;
using System.ComponentModel;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace BpfPS.Commands;

/// <summary>
/// What Tab offers where PowerShell asks no completer: members of records whose classes are made at run time, and keys of hashtables.
/// Every host asks the session's function TabExpansion2 for completion. The module puts one around it that calls the one before, and
/// changes its answer only for the module's own cmdlets and what follows them in a pipeline.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class TabExpansion
{
    private const string Name = "TabExpansion2";

    // The function that was there before, and ours, in each session.
    private static readonly ConditionalWeakTable<Runspace, Functions> s_functions = [];

    /// <summary>The session's function as it was before the module was imported.</summary>
    public static ScriptBlock? Original =>
        s_functions.TryGetValue(Runspace.DefaultRunspace, out var functions) ? functions.Original : null;

    /// <summary>Changes an answer where the module knows better. It never fails: then the answer stays as it is.</summary>
    /// <param name="answer">What the function before ours answers.</param>
    /// <param name="arguments">What it was called with.</param>
    public static object? Amend(object? answer, IDictionary arguments)
    {
        try
        {
            return Plain(answer) is CommandCompletion completion && TextOf(arguments) is var (text, cursor)
                && LineCompletion.Amend(completion, text, cursor) is { } amended ? amended : answer;
        }
        catch (Exception e) when (e is not (OutOfMemoryException or PipelineStoppedException))
        {
            return answer; // whoever presses Tab wants no error
        }
    }

    /// <summary>Puts our function around the one that the session has.</summary>
    internal static void Install()
    {
        var session = new SessionState();
        if (Current(session) is not { } original
            || s_functions.TryGetValue(Runspace.DefaultRunspace, out var known) && ReferenceEquals(known.Ours, original))
        {
            return; // there is none, or it is ours: Import-Module -Force imports twice
        }
        var parameters = (original.Ast as ScriptBlockAst ?? (original.Ast as FunctionDefinitionAst)?.Body)?.ParamBlock;
        if (parameters is null)
        {
            return; // somebody else's function, of a kind that we do not know
        }
        var ours = ScriptBlock.Create($$"""
            {{string.Join('\n', parameters.Attributes.Select(attribute => attribute.Extent.Text))}}
            {{parameters.Extent.Text}}
            end {
                $answer = & ([BpfPS.Commands.TabExpansion]::Original) @PSBoundParameters
                [BpfPS.Commands.TabExpansion]::Amend($answer, $PSBoundParameters)
            }
            """);
        Set(session, ours);
        // A function has a script block of its own.
        s_functions.AddOrUpdate(Runspace.DefaultRunspace, new Functions(original, Current(session)!));
    }

    /// <summary>Puts back the function that was there before, unless somebody else has put another around ours.</summary>
    internal static void Remove()
    {
        var session = new SessionState();
        if (s_functions.TryGetValue(Runspace.DefaultRunspace, out var functions) && ReferenceEquals(Current(session), functions.Ours))
        {
            Set(session, functions.Original);
            s_functions.Remove(Runspace.DefaultRunspace);
        }
    }

    private static ScriptBlock? Current(SessionState session) =>
        (session.InvokeCommand.GetCommand(Name, CommandTypes.Function) as FunctionInfo)?.ScriptBlock;

    private static void Set(SessionState session, ScriptBlock body) =>
        session.InvokeProvider.Item.Set($"function:global:{Name}", body);

    private static (string Text, int Cursor)? TextOf(IDictionary arguments)
    {
        if (Plain(arguments["inputScript"]) is string text)
        {
            return (text, Plain(arguments["cursorColumn"]) as int? ?? text.Length);
        }
        return Plain(arguments["ast"]) is Ast ast && Plain(arguments["positionOfCursor"]) is IScriptPosition position
            ? (ast.Extent.Text, position.Offset - ast.Extent.StartOffset) : null;
    }

    private static object? Plain(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private sealed record Functions(ScriptBlock Original, ScriptBlock Ours);
}
