using System.Collections;
using BpfPS.Host;
using BpfPS.Probes;
using BpfPS.Tracing;

namespace BpfPS.Commands;

/// <summary>Completes USDT probes of a program or library that is named already, libc:, or of a process.</summary>
public sealed class UsdtCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => [];

    private protected override string CompletionText(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ':') ? name : base.CompletionText(name);

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound, string word)
    {
        var colon = word.IndexOf(':');
        if (colon > 0 && ProgramFiles.Find(word[..colon]) is { } path)
        {
            return UsdtNotes.Read(path).Select(site => ($"{word[..colon]}:{UsdtProbes.FullName(site)}", site.Arguments));
        }
        return UserFunctionCompleter.ProcessOf(bound) is { } process
            ? UserFiles.Of(process).SelectMany(UsdtNotes.Read).Select(site => (UsdtProbes.FullName(site), site.Arguments)) : [];
    }
}
