using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Net;
using System.Numerics;

namespace BpfPS.Commands;

/// <summary>
/// Makes addresses, prefixes, large numbers and histograms of records what they were, where they come from a file of Export-Clixml, a
/// job or another host. PowerShell brings them as text with the name of their class.
/// </summary>
public sealed class ValueConverter : PSTypeConverter
{
    private const string Deserialized = "Deserialized.";

    /// <summary>
    /// What PowerShell has to know to ask here. A types.ps1xml cannot say it: it is read before the module's classes are there.
    /// </summary>
    internal static IEnumerable<TypeData> TypeData =>
        new[] { typeof(BpfIPAddress), typeof(BpfMacAddress), typeof(IPNetwork), typeof(BigInteger) }.SelectMany(type => new TypeData[]
        {
            new(type.FullName) { TypeConverter = typeof(ValueConverter) },
            new(Deserialized + type.FullName) { TargetTypeForDeserialization = type },
        }).Concat([
            new(typeof(BpfHistogram).FullName)
            {
                TypeConverter = typeof(ValueConverter), SerializationMethod = "SpecificProperties",
                PropertySerializationSet = new PropertySetData([nameof(BpfHistogram.Data)]),
            },
            new(Deserialized + typeof(BpfHistogram).FullName) { TargetTypeForDeserialization = typeof(BpfHistogram) },
        ]);

    /// <inheritdoc/>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) =>
        sourceValue is PSObject lost && destinationType is not null && lost.TypeNames.Contains(Deserialized + destinationType.FullName);

    /// <inheritdoc/>
    public override object ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
    {
        ArgumentNullException.ThrowIfNull(sourceValue);
        var text = sourceValue.ToString() ?? "";
        return destinationType == typeof(BpfIPAddress) ? BpfIPAddress.Parse(text)
            : destinationType == typeof(BpfMacAddress) ? BpfMacAddress.Parse(text)
            : destinationType == typeof(BigInteger) ? BigInteger.Parse(text, CultureInfo.InvariantCulture)
            : destinationType == typeof(BpfHistogram) ? BpfHistogram.Parse(
                ((PSObject)sourceValue).Properties[nameof(BpfHistogram.Data)]?.Value as string ?? "")
            : destinationType == typeof(IPNetwork) ? Prefix(IPNetwork.Parse(text))
            : throw new PSInvalidCastException($"{destinationType} is not a class of a record's values.");
    }

    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        throw new PSNotSupportedException();

    private static IPNetwork Prefix(IPNetwork plain) =>
        new(new BpfIPAddress(plain.BaseAddress.GetAddressBytes()), plain.PrefixLength);
}
