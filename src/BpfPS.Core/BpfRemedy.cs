using System.Diagnostics.CodeAnalysis;

namespace BpfPS;

/// <summary>What to do about an error: a sentence without shell commands, and advice as data.</summary>
/// <param name="Text">The sentence, or null.</param>
/// <param name="Advice">What to do with BpfPS itself.</param>
/// <param name="Argument">The subject of the advice, such as a path or an id; null if it has none.</param>
public sealed record BpfRemedy(string? Text, BpfAdvice Advice = BpfAdvice.None, string? Argument = null)
{
    private BpfRemedyWording? _wording;

    /// <summary>A sentence that names options of the caller. <see cref="Text"/> has them by their plain names.</summary>
    /// <param name="wording">The sentence.</param>
    /// <param name="advice">What to do with BpfPS itself.</param>
    /// <param name="argument">The subject of the advice.</param>
    internal static BpfRemedy With(BpfRemedyWording wording, BpfAdvice advice = BpfAdvice.None, string? argument = null) =>
        new(wording.Worded(option => option.ToString()), advice, argument) { _wording = wording };

    /// <summary>The sentence in which each option has the name that the caller gives it; null if there is no sentence.</summary>
    /// <param name="nameOf">Names an option.</param>
    internal string? Worded(Func<BpfOption, string> nameOf) => _wording?.Worded(nameOf) ?? Text;

    /// <summary>Advice alone.</summary>
    /// <param name="advice">What to do.</param>
    /// <param name="argument">The subject of the advice.</param>
    public static BpfRemedy To(BpfAdvice advice, string? argument = null) => new(null, advice, argument);

    /// <summary>A sentence alone.</summary>
    /// <param name="text">The sentence; null for no remedy.</param>
    [return: NotNullIfNotNull(nameof(text))]
    public static implicit operator BpfRemedy?(string? text) => text is null ? null : new(text);
}
