using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace BpfPS.Commands;

/// <summary>
/// What is offered at a place of a line, where that is about the module's cmdlets. The line is parsed with a word put in at the place, so
/// that what is not there yet is in the tree.
/// </summary>
internal static class LineCompletion
{
    private const string Marker = "bpfps0cursor";

    // The parameters of PowerShell's own cmdlets that take members' names; the first is also the first argument.
    private static readonly Dictionary<string, string[]> s_members = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Where-Object"] = ["Property", "FilterScript"],
        ["ForEach-Object"] = ["MemberName", "Process"],
        ["Select-Object"] = ["Property", "ExcludeProperty", "ExpandProperty"],
        ["Sort-Object"] = ["Property"],
        ["Group-Object"] = ["Property"],
        ["Measure-Object"] = ["Property"],
        ["Format-Table"] = ["Property", "GroupBy"],
        ["Format-List"] = ["Property", "GroupBy"],
        ["Format-Wide"] = ["Property", "GroupBy"],
        ["Format-Custom"] = ["Property", "GroupBy"],
        ["ConvertTo-Html"] = ["Property"],
    };

    /// <summary>The parameters whose script blocks look at the bytes of events.</summary>
    private static readonly string[] s_onBytes = [nameof(EventCmdlet.Filter), nameof(WatchBpfEventCommand.Property),
        nameof(MeasureBpfEventCommand.By), nameof(MeasureBpfEventCommand.Sum), nameof(MeasureBpfEventCommand.Average),
        nameof(MeasureBpfEventCommand.Minimum), nameof(MeasureBpfEventCommand.Maximum), nameof(MeasureBpfEventCommand.Of),
        nameof(MeasureBpfEventCommand.Histogram)];

    /// <summary>The better answer; null where the given one stands.</summary>
    public static CommandCompletion? Amend(CommandCompletion given, string text, int cursor)
    {
        if (cursor < 0 || cursor > text.Length || !text.Contains("-Bpf", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        var tree = Parser.ParseInput(text.Insert(cursor, Marker), out _, out _);
        if (tree.FindAll(IsMarked, searchNestedScriptBlocks: true).LastOrDefault() is not StringConstantExpressionAst word)
        {
            return null;
        }
        return word.Parent switch
        {
            MemberExpressionAst access when ReferenceEquals(access.Member, word) => Members(given, access, word),
            HashtableAst table => Keys(given, table, word),
            _ => StructByTag(given, word) ?? Argument(given, word),
        };
    }

    private static bool IsMarked(Ast ast) =>
        ast is StringConstantExpressionAst word && word.Extent.Text.Contains(Marker, StringComparison.Ordinal);

    /// <summary>Members of $_, or of one of its members.</summary>
    private static CommandCompletion? Members(CommandCompletion given, MemberExpressionAst access, StringConstantExpressionAst word)
    {
        var path = new Stack<string>();
        var target = access.Expression;
        for (; target is MemberExpressionAst { Member: StringConstantExpressionAst name } outer and not InvokeMemberExpressionAst;
            target = outer.Expression)
        {
            path.Push(name.Value);
        }
        if (target is not VariableExpressionAst { VariablePath.UserPath: "_" or "PSItem" } || BlockOf(target) is not { } block
            || Above<CommandAst>(block) is not { } command)
        {
            return null;
        }
        var parameter = PipelineTypes.ReadsEvents(command) ? ParameterOf(command, block) : null;
        var isFilter = s_onBytes.Contains(parameter);
        if (PipelineTypes.ReadsEvents(command) && !isFilter && parameter != nameof(RegisterBpfEventCommand.Action))
        {
            return null;
        }
        var types = isFilter ? PipelineTypes.EventsOf(command)
            : parameter is not null ? PipelineTypes.DeliveredBy(command) : PipelineTypes.Before(command);
        var members = types.SelectMany(type => MembersOf(path.Aggregate((Type?)type, MemberType)))
            // A filter looks at the bytes: at the members themselves, and not into them.
            .Where(member => !isFilter || path.Count == 0 && IsPlain(member.Type));
        return Answer(given, word, members.Select(member => (member.Name, member.Text)), CompletionResultType.Property,
            others: isFilter ? [] : given.CompletionMatches);
    }

    /// <summary>Keys of a hashtable that is a cmdlet's argument.</summary>
    private static CommandCompletion? Keys(CommandCompletion given, HashtableAst table, StringConstantExpressionAst word)
    {
        if (table.Parent is not CommandAst command || !PipelineTypes.IsOurs(command)
            || !table.KeyValuePairs.Any(pair => ReferenceEquals(pair.Item1, word)) || ParameterOf(command, table) is not { } parameter)
        {
            return null;
        }
        var taken = table.KeyValuePairs.Select(pair => pair.Item1).OfType<StringConstantExpressionAst>().Select(key => key.Value)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var keys = PipelineTypes.NamesOf(command).Select(CompletionObject.Of).OfType<BpfObjectSpec>()
            .SelectMany(spec => HashtableKeyCompleter.Keys(parameter, spec)).Where(key => !taken.Contains(key.Key));
        return Answer(given, word, keys, CompletionResultType.ParameterValue, others: []);
    }

    /// <summary>A struct in a hashtable of a tag's values.</summary>
    private static CommandCompletion? StructByTag(CommandCompletion given, StringConstantExpressionAst word)
    {
        if (Above<HashtableAst>(word) is not { } table || !table.KeyValuePairs.Any(pair => IsWithin(pair.Item2, word)))
        {
            return null;
        }
        while (Above<HashtableAst>(table) is { } outer)
        {
            table = outer; // of the one tag, which is named
        }
        if (table.Parent is not CommandAst command || !PipelineTypes.ReadsEvents(command)
            || ParameterOf(command, table) != nameof(EventCmdlet.EventType))
        {
            return null;
        }
        var names = new Hashtable { ["Name"] = PipelineTypes.NamesOf(command).ToArray() };
        var structs = new EventTypeCompleter().CompleteArgument("", nameof(EventCmdlet.EventType), "", command, names)
            .Select(one => (one.ListItemText, one.ToolTip));
        return Answer(given, word, structs, CompletionResultType.ParameterValue, others: [], isText: true);
    }

    private static bool IsWithin(Ast outer, Ast inner) =>
        outer.Extent.StartOffset <= inner.Extent.StartOffset && outer.Extent.EndOffset >= inner.Extent.EndOffset;

    /// <summary>An argument: a member's name, or what is no file.</summary>
    private static CommandCompletion? Argument(CommandCompletion given, StringConstantExpressionAst word)
    {
        if ((word.Parent is ArrayLiteralAst list ? list.Parent : word.Parent) is not CommandAst command
            || ReferenceEquals(command.CommandElements[0], word))
        {
            return null;
        }
        if (PipelineTypes.IsOurs(command))
        {
            return WithoutFiles(given, command, word);
        }
        if (PipelineTypes.NameOf(command) is not { } name || !s_members.TryGetValue(name, out var parameters)
            || ParameterOf(command, word) is not { } parameter || !parameters.Contains(parameter, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }
        var members = PipelineTypes.Before(command).SelectMany(MembersOf);
        return Answer(given, word, members.Select(member => (member.Name, member.Text)), CompletionResultType.Property, others: []);
    }

    /// <summary>
    /// PowerShell offers files where it knows nothing else. A parameter that takes files has a completer that offers them.
    /// </summary>
    private static CommandCompletion? WithoutFiles(CommandCompletion given, CommandAst command, Ast word)
    {
        var rest = given.CompletionMatches.Where(match =>
            match.ResultType is not (CompletionResultType.ProviderItem or CompletionResultType.ProviderContainer)).ToArray();
        return rest.Length == given.CompletionMatches.Count || HasCompleter(command, word) ? null
            : new CommandCompletion(new Collection<CompletionResult>([.. rest]), -1, given.ReplacementIndex, given.ReplacementLength);
    }

    private static bool HasCompleter(CommandAst command, Ast word) => Binding(command, word) is { } bound
        && bound.Value.Parameter?.Attributes.OfType<ArgumentCompleterAttribute>().Any() == true;

    private static string? ParameterOf(CommandAst command, Ast argument) => Binding(command, argument)?.Key;

    private static KeyValuePair<string, ParameterBindingResult>? Binding(CommandAst command, Ast argument)
    {
        foreach (var bound in StaticParameterBinder.BindCommand(command).BoundParameters)
        {
            if (bound.Value.Value is { } value && value.Extent.StartOffset <= argument.Extent.StartOffset
                && value.Extent.EndOffset >= argument.Extent.EndOffset)
            {
                return bound;
            }
        }
        return null;
    }

    /// <summary>The script block whose $_ is meant; null where a catch or a switch has one of its own.</summary>
    private static ScriptBlockExpressionAst? BlockOf(Ast ast)
    {
        for (var above = ast.Parent; above is not null; above = above.Parent)
        {
            if (above is ScriptBlockExpressionAst block)
            {
                return block;
            }
            if (above is CatchClauseAst or SwitchStatementAst or TrapStatementAst or FunctionDefinitionAst)
            {
                return null;
            }
        }
        return null;
    }

    private static T? Above<T>(Ast ast) where T : Ast
    {
        for (var above = ast.Parent; above is not null; above = above.Parent)
        {
            if (above is T found)
            {
                return found;
            }
        }
        return null;
    }

    private static IEnumerable<(string Name, string Text, Type Type)> MembersOf(Type? type) => type is null ? []
        : type.GetProperties().Where(member => member.GetIndexParameters().Length == 0 && member.GetMethod?.IsStatic == false)
            .Select(member => (member.Name, $"{TypeName(member.PropertyType)} {member.Name}", member.PropertyType));

    private static Type? MemberType(Type? type, string name) =>
        MembersOf(type).Where(member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(member => member.Type)
            .FirstOrDefault();

    private static string TypeName(Type type) => LanguagePrimitives.ConvertTo<string>(type);

    private static bool IsPlain(Type type) => !type.IsArray && !type.IsSubclassOf(typeof(BpfStruct));

    /// <summary>An answer of what begins with the word; null where there is nothing. Text always has quotes.</summary>
    private static CommandCompletion? Answer(CommandCompletion given, StringConstantExpressionAst word,
        IEnumerable<(string Name, string ToolTip)> offered, CompletionResultType type, IEnumerable<CompletionResult> others,
        bool isText = false)
    {
        var typed = word.Extent.Text;
        var before = typed[..typed.IndexOf(Marker, StringComparison.Ordinal)];
        var pattern = Wildcards.Pattern(WildcardPattern.Escape(before.TrimStart('\'', '"')) + "*");
        var results = new Collection<CompletionResult>();
        foreach (var (name, toolTip) in offered.DistinctBy(entry => entry.Name).Where(entry => pattern.IsMatch(entry.Name)))
        {
            // The names come from a program's BTF, which can hold anything.
            if (VisibleText.Escape(name) == name)
            {
                var text = !isText && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? name
                    : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
                results.Add(new CompletionResult(text, name, type, VisibleText.Escape(toolTip)));
            }
        }
        if (results.Count == 0)
        {
            return null;
        }
        foreach (var other in others.Where(other => results.All(result => result.ListItemText != other.ListItemText)))
        {
            results.Add(other);
        }
        return new CommandCompletion(results, -1, word.Extent.StartOffset, typed.Length - Marker.Length);
    }
}
