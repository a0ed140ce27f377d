using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using BpfPS.Expressions;

namespace BpfPS.Commands;

/// <summary>PowerShell's own rules for values of different types.</summary>
internal sealed class ScriptRules : IValueRules
{
    /// <summary>The only ones.</summary>
    public static ScriptRules Instance { get; } = new();

    /// <inheritdoc/>
    public bool TryConvert(object? value, Type type, out object? result) =>
        LanguagePrimitives.TryConvertTo(value, type, CultureInfo.InvariantCulture, out result);

    /// <inheritdoc/>
    public string TextOf(object? value) => LanguagePrimitives.ConvertTo<string>(value) ?? "";

    /// <inheritdoc/>
    public bool IsTrue(object? value) => LanguagePrimitives.IsTrue(value);

    /// <inheritdoc/>
    public bool AreEqual(object? left, object? right, bool ignoreCase) =>
        LanguagePrimitives.Equals(left, right, ignoreCase, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public int Compare(object? left, object? right, bool ignoreCase)
    {
        try
        {
            return LanguagePrimitives.Compare(left, right, ignoreCase, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is ArgumentException or PSInvalidCastException)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, VisibleText.Escape(e.Message), inner: e);
        }
    }

    /// <inheritdoc/>
    public Func<string, bool> Wildcard(string pattern, bool ignoreCase) =>
        WildcardPattern.Get(pattern, ignoreCase ? WildcardOptions.IgnoreCase : WildcardOptions.None).IsMatch;

    /// <inheritdoc/>
    public Func<string, bool> Regex(string pattern, bool ignoreCase)
    {
        try
        {
            var regex = new Regex(pattern, ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None, TimeSpan.FromSeconds(1));
            return text => IsMatch(regex, text);
        }
        catch (RegexParseException e)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(pattern)}' is not a regular expression: {e.Message}",
                "Use -like to compare with wildcards.", inner: e);
        }
    }

    private static bool IsMatch(Regex pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"The regular expression '{VisibleText.Escape(pattern.ToString())}' takes more than a second for one event.",
                "Rewrite it without nested repetitions.", inner: e);
        }
    }
}
