using System.Collections;
using BpfPS.Probes;

namespace BpfPS.Commands;

/// <summary>Completes functions of the kernel, of which there are too many to show before a word has begun.</summary>
public sealed class KernelFunctionCompleter : NameCompleter
{
    private const int Most = 1000;
    private const int LettersFirst = 2;

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => [];

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound, string word) =>
        word.Length < LettersFirst ? [] : KernelFunctionList.Shared.Names
            .Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Take(Most).Select(name => (name, name));
}
