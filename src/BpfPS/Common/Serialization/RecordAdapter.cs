using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using Microsoft.PowerShell;

namespace BpfPS.Commands;

/// <summary>
/// How PowerShell sees the properties of records: as they are, but for lists and times, whose text is written in full. Export-Csv takes
/// the text of a value, and that of an array is the name of its class, and that of a time has no fraction and no zone.
/// </summary>
public sealed class RecordAdapter : PSPropertyAdapter
{
    private static readonly ConcurrentDictionary<Type, Members> s_members = new();
    private static readonly MethodInfo s_text = typeof(RecordAdapter).GetMethod(nameof(Text))!;

    /// <inheritdoc/>
    public override Collection<PSAdaptedProperty> GetProperties(object baseObject) =>
        [.. Of(baseObject).InOrder.Select(member => new PSAdaptedProperty(member.Name, member))];

    /// <inheritdoc/>
    public override PSAdaptedProperty? GetProperty(object baseObject, string propertyName) =>
        Of(baseObject).ByName.TryGetValue(propertyName, out var member) ? new PSAdaptedProperty(member.Name, member) : null;

    /// <inheritdoc/>
    public override string GetPropertyTypeName(PSAdaptedProperty adaptedProperty) =>
        ToStringCodeMethods.Type(PSObject.AsPSObject(Member(adaptedProperty).PropertyType));

    /// <inheritdoc/>
    public override bool IsGettable(PSAdaptedProperty adaptedProperty) => Member(adaptedProperty).CanRead;

    /// <inheritdoc/>
    public override bool IsSettable(PSAdaptedProperty adaptedProperty) => Member(adaptedProperty).CanWrite;

    /// <inheritdoc/>
    public override object? GetPropertyValue(PSAdaptedProperty adaptedProperty)
    {
        var value = Member(adaptedProperty).GetValue(adaptedProperty.BaseObject);
        if (value is not (Array or DateTime))
        {
            return value;
        }
        var wrapped = new PSObject(value);
        wrapped.Methods.Add(new PSCodeMethod(nameof(ToString), s_text));
        return wrapped;
    }

    /// <inheritdoc/>
    public override void SetPropertyValue(PSAdaptedProperty adaptedProperty, object? value)
    {
        var member = Member(adaptedProperty);
        member.SetValue(adaptedProperty.BaseObject, LanguagePrimitives.ConvertTo(value, member.PropertyType, CultureInfo.InvariantCulture));
    }

    /// <summary>The text of a list or time. PowerShell calls it in place of ToString, with a format or without.</summary>
    /// <param name="value">The wrapped value.</param>
    /// <param name="arguments">What ToString was given: nothing, a format, a culture, or both.</param>
    public static string Text(PSObject value, params object?[] arguments)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(arguments);
        var given = Array.ConvertAll(arguments, argument => argument is PSObject wrapped ? wrapped.BaseObject : argument);
        return value.BaseObject switch
        {
            Array list => RecordText.Cell(list),
            DateTime time when given.Length > 0 => time.ToString(given.OfType<string>().FirstOrDefault(),
                given.OfType<IFormatProvider>().FirstOrDefault() ?? CultureInfo.CurrentCulture),
            var other => RecordText.Complete(other),
        };
    }

    private static PropertyInfo Member(PSAdaptedProperty property) => (PropertyInfo)property.Tag;

    private static Members Of(object record) => s_members.GetOrAdd(record.GetType(), static type => new(type));

    private sealed class Members
    {
        public Members(Type type)
        {
            InOrder = type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
            ByName = InOrder.ToDictionary(member => member.Name, StringComparer.OrdinalIgnoreCase);
        }

        public PropertyInfo[] InOrder { get; }

        public Dictionary<string, PropertyInfo> ByName { get; }
    }
}
