using System.Collections;

namespace BpfPS.Commands;

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
