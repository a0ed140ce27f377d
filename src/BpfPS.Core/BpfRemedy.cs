using System.Diagnostics.CodeAnalysis;

namespace BpfPS;

/// <summary>What to do about an error: a sentence that needs no shell, and advice as data.</summary>
/// <param name="Text">The sentence, or null.</param>
/// <param name="Advice">What can be done through BpfPS itself.</param>
/// <param name="Argument">What the advice is about, such as a path or an id; null where it needs nothing.</param>
public sealed record BpfRemedy(string? Text, BpfAdvice Advice = BpfAdvice.None, string? Argument = null)
{
    /// <summary>Advice alone.</summary>
    /// <param name="advice">What can be done.</param>
    /// <param name="argument">What it is about.</param>
    public static BpfRemedy To(BpfAdvice advice, string? argument = null) => new(null, advice, argument);

    /// <summary>A sentence alone.</summary>
    /// <param name="text">The sentence; null for no remedy.</param>
    [return: NotNullIfNotNull(nameof(text))]
    public static implicit operator BpfRemedy?(string? text) => text is null ? null : new(text);
}
