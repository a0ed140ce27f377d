using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace BpfPS.Commands;

/// <summary>Completes names that the engine can list. A completer never fails: without the privilege there is nothing to offer.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        (string Name, string ToolTip)[] candidates;
        try
        {
            candidates = Candidates(fakeBoundParameters).DistinctBy(candidate => candidate.Name).ToArray();
        }
        catch (BpfException)
        {
            yield break;
        }
        var pattern = Wildcards.Pattern(WildcardPattern.Escape(wordToComplete.Trim('\'', '"')) + "*");
        foreach (var (name, toolTip) in candidates)
        {
            // A name with control characters or quotes in it came from somebody else: it is not typed for the user.
            if (pattern.IsMatch(name) && RecordText.Escape(name) == name)
            {
                yield return new CompletionResult(Quote(name), name, CompletionResultType.ParameterValue, toolTip.Length > 0 ? toolTip : name);
            }
        }
    }

    /// <summary>All names, each with a word of explanation.</summary>
    private protected abstract IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound);

    private static string Quote(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/') ? name : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
}

/// <summary>Completes the names of shipped tools and of started objects.</summary>
public sealed class ToolNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfTool.Names.Select(name => (name, BpfTool.Get(name).Summary)).Concat(BpfSession.Objects.Select(obj => (obj.Name, "started in this session")));
}

/// <summary>Completes the names of started objects.</summary>
public sealed class StartedNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfSession.Objects.Select(obj => (obj.Name, $"started {obj.StartTime:T}"));
}

/// <summary>Completes the names of programs in the kernel.</summary>
public sealed class ProgramNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfProgram.List().Select(program => (program.Name, program.ToString()));
}

/// <summary>Completes the names of maps in the kernel.</summary>
public sealed class MapNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfMap.List().Select(map => (map.Name, map.ToString()));
}

/// <summary>Completes the paths of pins and of the directories they are in.</summary>
public sealed class PinPathCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfFileSystem.IsMounted
            ? Directory.EnumerateFileSystemEntries(BpfFileSystem.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path => (path, ""))
            : [];
}

/// <summary>Completes a hashtable of the variables of the tool that is named.</summary>
public sealed class VariableCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound)
    {
        var name = bound["Name"] switch
        {
            string text => text,
            object[] list when list.Length > 0 => list[0] as string,
            _ => null,
        };
        return name is null || ObjectSource.IsFile(name) ? []
            : BpfTool.Get(name).Variables.Select(variable => ($"@{{ {variable.Name} = {RecordText.Format(variable.Value)} }}", $"{variable.Type} {variable.Unit}: {variable.Help}"));
    }
}
