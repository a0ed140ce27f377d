using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Support;

/// <summary>
/// Rules for values as a language without PowerShell may have them, to compile expressions with. That the answers are PowerShell's own
/// is for the tests of the cmdlets, which have its rules.
/// </summary>
internal sealed class PlainRules : IValueRules
{
    /// <summary>A condition on one member of a class.</summary>
    public static RecordPredicate Compare(RecordClass recordClass, string member, Operator comparison, object? value) =>
        ExpressionCompiler.Condition(new BinaryNode(comparison, new MemberNode(new RecordNode("$_"), member, $"$_.{member}"),
            new ConstantNode(value, $"{value}"), IgnoreCase: true, $"$_.{member} {comparison} {value}"), recordClass, new PlainRules());

    public bool TryConvert(object? value, Type type, out object? result)
    {
        result = null;
        try
        {
            result = value switch
            {
                null => null,
                _ when type.IsInstanceOfType(value) => value,
                string text when type.IsEnum => Enum.Parse(type, text, ignoreCase: true),
                string text when type == typeof(BpfIPAddress) => BpfIPAddress.Parse(text),
                string text when type == typeof(TimeSpan) => TimeSpan.Parse(text, CultureInfo.InvariantCulture),
                string text when type == typeof(DateTime) => DateTime.Parse(text, CultureInfo.InvariantCulture),
                string text when NumberText.TryReadWhole(text, out var whole) =>
                    Convert.ChangeType((decimal)whole, type, CultureInfo.InvariantCulture),
                IPAddress address when type == typeof(BpfIPAddress) => BpfIPAddress.Parse(address.ToString()),
                _ => Convert.ChangeType(value, type, CultureInfo.InvariantCulture),
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or InvalidCastException)
        {
            return false;
        }
        return result is not null;
    }

    public string TextOf(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    public bool IsTrue(object? value) => value is not (null or false or 0 or "");

    public bool AreEqual(object? left, object? right, bool ignoreCase) => Equals(left, right);

    public int Compare(object? left, object? right, bool ignoreCase) => left is IComparable comparable ? comparable.CompareTo(right)
        : throw new BpfException(BpfErrorKind.InvalidArgument, "They have no order.");

    public Func<string, bool> Wildcard(string pattern, bool ignoreCase) =>
        new Regex($"^{System.Text.RegularExpressions.Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$",
            ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None).IsMatch;

    public Func<string, bool> Regex(string pattern, bool ignoreCase)
    {
        try
        {
            return new Regex(pattern, ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None).IsMatch;
        }
        catch (RegexParseException e)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, e.Message, inner: e);
        }
    }
}
