using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>Completes the keys of hashtables: variables of a program, maps that have a size, and programs.</summary>
internal static class HashtableKeyCompleter
{
    /// <summary>The keys that a hashtable can have as this parameter's value, each with what it is.</summary>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="spec">The object file.</param>
    public static IEnumerable<(string Key, string ToolTip)> Keys(string parameter, BpfObjectSpec spec) => parameter switch
    {
        nameof(StartBpfProgramCommand.Variable) => spec.Variables.Select(variable => (variable.Name, Describe(variable))),
        nameof(StartBpfProgramCommand.MapSize) => spec.Maps.Where(IsSized)
            .Select(map => (map.Name, $"{map.Type}, {map.MaxEntries} entries")),
        nameof(StartBpfProgramCommand.Target) or nameof(StartBpfProgramCommand.Event) or nameof(StartBpfProgramCommand.ProgramType) =>
            spec.Programs.Where(program => IsOwn(program.Name)).Select(program => (program.Name, program.Section)),
        _ => [],
    };

    /// <summary>A variable's type, unit and help, and its value when nothing is set.</summary>
    public static string Describe(BpfVariable variable) =>
        $"{variable.Type} {variable.Unit}: {variable.Help}".Trim().TrimEnd(':') + $" (now {RecordText.Format(variable.Value)})";

    /// <summary>Whether a map has a size that can be set: those of global variables have the size of their section.</summary>
    public static bool IsSized(BpfMapSpec map) => !map.Name.Contains('.') && IsOwn(map.Name);

    /// <summary>Whether a map or program is the object's own, and not one that a header of BpfPS brings.</summary>
    public static bool IsOwn(string name) => !name.StartsWith(EventTypeFinder.HeaderPrefix, StringComparison.Ordinal);
}
