using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Takes the width of a histogram's slots: a number, or a duration as people write it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SlotWidthTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly DurationTransformationAttribute s_durations = new();

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        // An unquoted 10s is a number to PowerShell, of a type that nobody writes a width in.
        if (value is not (byte or int or long or uint or ulong or float or double))
        {
            return s_durations.Transform(engineIntrinsics, inputData);
        }
        return Convert.ToDouble(value, CultureInfo.InvariantCulture) is > 0 and < double.PositiveInfinity and var width ? width
            : throw new ArgumentTransformationMetadataException("A width must be greater than zero.");
    }
}
