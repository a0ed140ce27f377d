using System.Collections;
using BpfPS.Host;
using BpfPS.Probes;

namespace BpfPS.Commands;

/// <summary>Completes functions of a program or library that is named already, libc:getadd, or of a process.</summary>
public sealed class UserFunctionCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => [];

    private protected override string CompletionText(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ':') ? name : base.CompletionText(name);

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound, string word)
    {
        var colon = word.LastIndexOf(':');
        if (colon > 0)
        {
            var file = word[..colon];
            return ProgramFiles.Find(file) is { } path ? ElfSymbols.Functions(path).Select(name => ($"{file}:{name}", path))
                .OrderBy(one => one.Item1, StringComparer.Ordinal) : [];
        }
        return ProcessOf(bound) is { } process
            ? UserFiles.Of(process).SelectMany(file => ElfSymbols.Functions(file).Order(StringComparer.Ordinal)
                .Select(name => (name, file)))
            : [];
    }

    /// <summary>The first process that the command line names; null for none.</summary>
    internal static int? ProcessOf(IDictionary bound) => bound["ProcessId"] switch
    {
        int only => only,
        object[] { Length: > 0 } several when int.TryParse(several[0]?.ToString(), out var first) => first,
        int[] { Length: > 0 } several => several[0],
        var one when int.TryParse(one?.ToString(), out var number) => number,
        _ => null,
    };
}
