using System.Collections;
using System.Globalization;
using System.Management.Automation.Language;

namespace BpfPS.Commands;

/// <summary>Completes a hashtable of the variables of the tool, object file or C source that is named.</summary>
public sealed class VariableCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        CompletionObject.Of(bound)?.Variables.Select(variable =>
            ($"@{{ {variable.Name} = {Literal(variable.Value)} }}", HashtableKeyCompleter.Describe(variable))) ?? [];

    // It is an expression already.
    private protected override string CompletionText(string name) => name;

    /// <summary>A value as PowerShell writes it; a duration as nanoseconds, which every such variable takes.</summary>
    private static string Literal(object? value) => value switch
    {
        bool flag => flag ? "$true" : "$false",
        string text => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'",
        TimeSpan duration => (duration.Ticks * TimeSpan.NanosecondsPerTick).ToString(CultureInfo.InvariantCulture),
        Enum literal => literal.ToString("d"),
        Array list => $"@({string.Join(", ", list.Cast<object>().Select(Literal))})",
        System.Net.IPAddress or System.Net.NetworkInformation.PhysicalAddress => $"'{value}'",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => "0",
    };
}
