using System.Management.Automation.Host;

namespace BpfPS.Shell.Hosting;

/// <summary>A choice's label, in which an ampersand stands before the hot key.</summary>
/// <param name="Key">The hot key in upper case; the whole text when the label has none.</param>
/// <param name="Text">The label without the ampersand.</param>
internal sealed record ChoiceLabel(string Key, string Text)
{
    /// <summary>Reads a choice's label.</summary>
    public static ChoiceLabel Parse(ChoiceDescription choice)
    {
        var ampersand = choice.Label.IndexOf('&');
        var text = choice.Label.Replace("&", string.Empty, StringComparison.Ordinal);
        return ampersand >= 0 && ampersand + 1 < choice.Label.Length
            ? new ChoiceLabel(choice.Label[ampersand + 1].ToString().ToUpperInvariant(), text)
            : new ChoiceLabel(text, text);
    }

    /// <summary>Whether an answer names this choice, by key or by label, in any case.</summary>
    public bool IsMeantBy(string answer) =>
        string.Equals(answer, Key, StringComparison.OrdinalIgnoreCase) || string.Equals(answer, Text, StringComparison.OrdinalIgnoreCase);
}
