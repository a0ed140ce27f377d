using System.Globalization;

namespace BpfPS.Module.Tests.Common;

/// <summary>Numbers that are given as text: read strictly, whatever the culture.</summary>
public sealed class WholeNumberTests : KernelTest
{
    [Fact]
    public void Every_parameter_that_is_a_whole_number_is_read_strictly()
    {
        const string Loose = """
            $numbers = [int], [uint], [long], [ulong], [short], [ushort], [byte]
            foreach ($command in Get-Command -Module BpfPS) {
                $command.Parameters.Values | Where-Object {
                    $type = $_.ParameterType.GetElementType() ?? [Nullable]::GetUnderlyingType($_.ParameterType) ?? $_.ParameterType
                    $type -in $numbers -and $_.Name -notin [System.Management.Automation.Cmdlet]::CommonParameters -and
                        $_.Attributes.ForEach{ $_.GetType().Name } -notcontains 'WholeNumberAttribute'
                } | ForEach-Object { "$command -$($_.Name)" }
            }
            """;

        Assert.Empty(Run(Loose).Succeeded().Output);
    }

    [Theory]
    [InlineData("'1,5'")]
    [InlineData("'1.5'")]
    [InlineData("1.5")]
    [InlineData("1.5d")]
    [InlineData("'one'")]
    [InlineData("''")]
    public void What_is_no_whole_number_is_an_error_at_the_parameter(string given)
    {
        foreach (var call in (string[])[$"Get-BpfMap -Id {given}", $"Get-BpfMap -Id 1, {given}",
            $"New-BpfMap number_map -KeyType u32 -ValueType u32 -MaxEntries {given}", $"Get-BpfStack -StackId {given} -Map nothing"])
        {
            var error = Run(call).Error;

            Assert.Contains("is not a whole number", error.Exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("16")]
    [InlineData("'16'")]
    [InlineData("'0x10'")]
    [InlineData("16.0")]
    [InlineData("([byte]16)")]
    public void A_whole_number_may_be_written_in_any_way_that_means_it(string given) =>
        Assert.Equal(16u, Run($"New-BpfMap number_map -KeyType u32 -ValueType u32 -MaxEntries {given}").Only.Get("MaxEntries"));

    [Fact]
    public void An_id_from_a_file_is_not_read_as_another_number() =>
        Assert.Contains("without an Id", Run("[pscustomobject]@{ Id = '1,5' } | Get-BpfMap").Error.Exception.Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_double_goes_through_Csv_in_a_culture_with_a_decimal_comma()
    {
        var id = Make("number_map -KeyType u32 -ValueType double");
        var before = CultureInfo.CurrentCulture;

        var csv = Run("[cultureinfo]::CurrentCulture = 'de-DE'; $map | Set-BpfMapEntry -Key 1 -Value '1.5'; "
            + "$csv = $map | Get-BpfMapEntry | ConvertTo-Csv; $csv | ConvertFrom-Csv | Set-BpfMapEntry number_map; $csv[-1]").Only;

        CultureInfo.CurrentCulture = before;
        Assert.Equal("\"1\",\"1,5\"", csv.BaseObject);
        Assert.Equal(["01000000=000000000000f83f"], KernelWitness.Entries(id));
    }

    [Fact]
    public void Grouped_digits_are_an_error_and_the_value_stays()
    {
        var id = Make("number_map -KeyType u32 -ValueType double");

        Run("$map | Set-BpfMapEntry -Key 1 -Value '1.5'").Succeeded();
        var error = Run("$map | Set-BpfMapEntry -Key 1 -Value '1,5'").Error;

        Assert.Contains("it is not a number", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(["01000000=000000000000f83f"], KernelWitness.Entries(id));
    }
}
