using System.Management.Automation;
using System.Management.Automation.Language;
using BpfPS.Events;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS.Commands;

/// <summary>
/// The classes of what the module's cmdlets on a line would give. Nothing is run for it: files are read, and maps are asked for their
/// types.
/// </summary>
internal static class PipelineTypes
{
    private const string Watch = "Watch-BpfEvent";
    private const string Measure = "Measure-BpfEvent";
    private const string Register = "Register-BpfEvent";
    private const string Iterate = "Read-BpfIterator";
    private const string Entries = "Get-BpfMapEntry";
    private const string Start = "Start-BpfProgram";
    private const string Maps = "Get-BpfMap";
    private const string Objects = "Get-BpfObject";

    // What they put out is what came in.
    private static readonly string[] s_passing = ["Where-Object", "Sort-Object", "Tee-Object", "Select-Object"];

    private static readonly string[] s_choosing = ["Property", "ExpandProperty", "ExcludeProperty"];

    /// <summary>Whether a command reads events, and takes script blocks on their bytes.</summary>
    public static bool ReadsEvents(CommandAst command) => Is(command, Watch) || Is(command, Measure) || Is(command, Register);

    /// <summary>Whether a command is a cmdlet of this module.</summary>
    public static bool IsOurs(CommandAst command) =>
        CommandOf(command) is CmdletInfo cmdlet && cmdlet.ImplementingType?.Assembly == typeof(PipelineTypes).Assembly;

    /// <summary>A command's name, behind an alias; null if there is no such command.</summary>
    public static string? NameOf(CommandAst command) => CommandOf(command)?.Name;

    /// <summary>The classes of what comes into a command; none if that is not of this module's making.</summary>
    public static IEnumerable<Type> Before(CommandAst command)
    {
        for (var above = Previous(command); above is CommandAst before; above = Previous(before))
        {
            var name = NameOf(before);
            if (name is Iterate)
            {
                return EventsOf(before);
            }
            if (name is Watch)
            {
                return DeliveredBy(before);
            }
            if (name == Entries)
            {
                return EntriesOf(before);
            }
            if (name is null || !s_passing.Contains(name) || Chooses(before))
            {
                return [];
            }
        }
        return [];
    }

    /// <summary>The classes of the events that a command delivers; none if these are of chosen members only.</summary>
    public static IEnumerable<Type> DeliveredBy(CommandAst command) =>
        ValuesOf(command, nameof(WatchBpfEventCommand.Property)).Length == 0 ? EventsOf(command) : [];

    /// <summary>The classes of the events that a command reads.</summary>
    public static IEnumerable<Type> EventsOf(CommandAst command)
    {
        var types = TextsOf(command, "EventType").Concat(StructsByTag(command)).Distinct().ToArray();
        var (type, map) = (types.FirstOrDefault(), TextsOf(command, "Map").FirstOrDefault());
        foreach (var source in SourcesOf(command))
        {
            foreach (var made in source switch
            {
                BpfObjectSpec spec => OfFile(spec, type, map),
                BpfMap ring => ring.SendsEvents && (map is null || MapResolver.Instance.IsNamed(ring, map))
                    ? new RecordTyping(ring, types).Classes : [],
                _ => [],
            })
            {
                if (made is not null)
                {
                    yield return made.Type;
                }
            }
        }
    }

    /// <summary>The texts of the parameter Name.</summary>
    public static IEnumerable<string> NamesOf(CommandAst command) => TextsOf(command, "Name");

    private static IEnumerable<Type> EntriesOf(CommandAst command) => SourcesOf(command).OfType<BpfMap>()
        .Where(map => map.HoldsResults).Select(map => MapLayout.Of(map).Class.Type);

    private static IEnumerable<RecordClass?> OfFile(BpfObjectSpec spec, string? type, string? map)
    {
        if (type is not null)
        {
            return EventTypeFinder.FindNamed(spec.Types, type) is { } named ? [RecordClasses.ForEvent(spec.Types, named)] : [];
        }
        return spec.Maps.Where(ring => ring.Type is "ringbuf" or "perf_event_array" && (map is null || BpfMap.IsNamed(map, ring.Name)))
            .Select(ring => EventTypeFinder.Find(spec.Types, ring.Name)
                ?? (EventTypeFinder.Declared(spec.Types) is [var only] ? only : null))
            .Select(id => id is null ? null : RecordClasses.ForEvent(spec.Types, id.Value));
    }

    /// <summary>What a command takes, as maps and object files: what it names, or what is piped into it.</summary>
    private static IEnumerable<object> SourcesOf(CommandAst command)
    {
        var named = OfNames(command).ToArray();
        return named.Length > 0 ? named : Previous(command) switch
        {
            CommandAst before when NameOf(before) is Start or Maps or Objects => OfNames(before),
            CommandExpressionAst { Expression: StringConstantExpressionAst text } => OfName(text.Value),
            CommandExpressionAst { Expression: VariableExpressionAst variable } => OfValue(
                CompletionSession.State.PSVariable.GetValue(variable.VariablePath.UserPath)),
            _ => [],
        };
    }

    private static IEnumerable<object> OfNames(CommandAst command)
    {
        foreach (var thing in NamesOf(command).SelectMany(OfName))
        {
            yield return thing;
        }
        foreach (var id in TextsOf(command, "Id"))
        {
            if (WholeNumberAttribute.TryReadId(id, out var number))
            {
                yield return BpfMap.FromId(number);
            }
        }
        foreach (var pin in TextsOf(command, "Path").SelectMany(path => PinPlace.Of(path).Pins()))
        {
            if (pin.Kind == BpfPinKind.Map)
            {
                yield return BpfMap.FromId(pin.Id);
            }
        }
        foreach (var name in ValuesOf(command, "InputObject").OfType<VariableExpressionAst>())
        {
            foreach (var thing in OfValue(CompletionSession.State.PSVariable.GetValue(name.VariablePath.UserPath)))
            {
                yield return thing;
            }
        }
    }

    /// <summary>What has a name: what was started, else a tool or a file, else maps.</summary>
    private static IEnumerable<object> OfName(string name)
    {
        if (ObjectSource.IsFile(name))
        {
            return CompletionObject.Of(name) is { } file ? [file] : [];
        }
        var pattern = Wildcards.Pattern(name);
        var started = BpfSession.Objects.Where(obj => pattern.IsMatch(obj.Name)).SelectMany(obj => obj.Maps).ToArray();
        if (started.Length > 0)
        {
            return started;
        }
        return BpfTool.Names.Contains(name, StringComparer.OrdinalIgnoreCase) && CompletionObject.Of(name) is { } tool ? [tool]
            : BpfMap.List().Where(map => pattern.IsMatch(map.Name) || MapResolver.Instance.IsNamed(map, name));
    }

    private static IEnumerable<object> OfValue(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        BpfObject obj => obj.Maps,
        BpfMap map => [map],
        BpfTool tool => CompletionObject.Of(tool.Name) is { } spec ? [spec] : [],
        string name => OfName(name),
        object[] list => list.SelectMany(OfValue),
        _ => [],
    };

    private static CommandBaseAst? Previous(CommandAst command) => command.Parent is PipelineAst pipeline
        && pipeline.PipelineElements.IndexOf(command) is var index and > 0 ? pipeline.PipelineElements[index - 1] : null;

    /// <summary>Whether a command gives chosen members only, in objects of another class.</summary>
    private static bool Chooses(CommandAst command) => Is(command, "Select-Object")
        && Array.Exists(s_choosing, parameter => ValuesOf(command, parameter).Length > 0);

    private static bool Is(CommandAst command, string name) => name.Equals(NameOf(command), StringComparison.OrdinalIgnoreCase);

    private static CommandInfo? CommandOf(CommandAst command)
    {
        if (command.GetCommandName() is not { } name)
        {
            return null;
        }
        var found = CompletionSession.State.InvokeCommand
            .GetCommand(name, CommandTypes.Alias | CommandTypes.Cmdlet | CommandTypes.Function);
        return found is AliasInfo alias ? alias.ResolvedCommand : found;
    }

    private static IEnumerable<string> TextsOf(CommandAst command, string parameter) =>
        ValuesOf(command, parameter).OfType<ConstantExpressionAst>().Select(constant => constant.Value.ToString() ?? "");

    /// <summary>The structs in a hashtable of a tag's values.</summary>
    private static IEnumerable<string> StructsByTag(CommandAst command) => ValuesOf(command, "EventType").OfType<HashtableAst>()
        .SelectMany(table => table.FindAll(ast => ast is HashtableAst, searchNestedScriptBlocks: false).Cast<HashtableAst>())
        .SelectMany(table => table.KeyValuePairs).Select(pair => pair.Item2.Find(ast => ast is CommandExpressionAst, false))
        .OfType<CommandExpressionAst>().Select(statement => statement.Expression).OfType<ConstantExpressionAst>()
        .Select(constant => constant.Value.ToString() ?? "");

    private static ExpressionAst[] ValuesOf(CommandAst command, string parameter) =>
        StaticParameterBinder.BindCommand(command).BoundParameters.TryGetValue(parameter, out var bound)
            && bound.Value is ExpressionAst value ? value is ArrayLiteralAst list ? [.. list.Elements] : [value] : [];
}
