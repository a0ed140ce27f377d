using System.Collections;
using System.Management.Automation.Runspaces;

namespace BpfPS.Commands;

/// <summary>
/// Completes what can be given for all programs of an object or for each: values, and a hashtable of the programs where there are
/// several.
/// </summary>
public abstract class ByProgramCompleter : NameCompleter
{
    /// <summary>The values; empty if there are too many to list.</summary>
    private protected abstract IEnumerable<string> Values { get; }

    /// <summary>What stands for a value in the hashtable.</summary>
    private protected abstract string Example { get; }

    /// <summary>Whether a program can have such a value.</summary>
    private protected abstract bool IsFor(BpfProgramSpec program);

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound)
    {
        foreach (var value in Values)
        {
            yield return (value, "");
        }
        if (Programs(bound["Name"] as string).Where(IsFor).ToArray() is { Length: > 0 } programs)
        {
            yield return ($"@{{ {string.Join("; ", programs.Select(program => $"{program.Name} = '{Example}'"))} }}", "by program");
        }
    }

    private static IReadOnlyList<BpfProgramSpec> Programs(string? name)
    {
        // A source would have to be compiled for it.
        if (name is null || ObjectSource.IsSource(name))
        {
            return [];
        }
        try
        {
            var folder = Runspace.DefaultRunspace.SessionStateProxy.Path.CurrentFileSystemLocation.ProviderPath;
            return BpfObjectSpec.Read(ObjectSource.IsFile(name) ? Path.GetFullPath(name, folder) : BpfTool.FindPath(name)).Programs;
        }
        catch (BpfException)
        {
            return []; // the values can be completed all the same
        }
    }

    // A hashtable is an expression already.
    private protected override string CompletionText(string name) => name.StartsWith("@{", StringComparison.Ordinal) ? name
        : base.CompletionText(name);
}
