using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// Reads the whole numbers of a parameter strictly. PowerShell's own conversion takes '1,5' for 15, and rounds '1.5' and 1.5 to 2.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WholeNumberAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override bool TransformNullOptionalParameters => false;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => Read(inputData);

    /// <summary>Reads an id that is a property of an object, which is text where it comes from a file.</summary>
    internal static bool TryReadId(object? value, out uint id)
    {
        id = 0;
        try
        {
            return Read(value) is { } number && LanguagePrimitives.TryConvertTo(number, CultureInfo.InvariantCulture, out id);
        }
        catch (ArgumentTransformationMetadataException)
        {
            return false;
        }
    }

    private static object? Read(object? given)
    {
        var value = given is PSObject wrapped ? wrapped.BaseObject : given;
        return value switch
        {
            string text => NumberText.TryReadWhole(text, out var number) ? number : throw Misfit(text),
            float or double or decimal when Convert.ToDouble(value, CultureInfo.InvariantCulture) % 1 != 0 => throw Misfit(value),
            IList list => list.Cast<object?>().Select(Read).ToArray(),
            _ => given,
        };
    }

    private static ArgumentTransformationMetadataException Misfit(object value) =>
        new($"'{VisibleText.Escape(Convert.ToString(value, CultureInfo.InvariantCulture))}' is not a whole number.");
}
