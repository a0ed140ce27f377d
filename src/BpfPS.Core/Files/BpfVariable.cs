using System.Globalization;
using System.Numerics;
using BpfPS.Btf;
using BpfPS.Records;

namespace BpfPS;

/// <summary>A variable of a program: a <c>const volatile</c> global that cannot change once the program is loaded.</summary>
public sealed class BpfVariable
{
    private const string TagPrefix = "bpfps:";

    private readonly BtfTypes _types;
    private readonly uint _typeId;

    internal BpfVariable(BtfTypes types, BtfVariable variable, BtfSectionVariable place, object? value)
    {
        _types = types;
        _typeId = variable.Type;
        Name = variable.Name;
        Type = ValueEncoder.PlainName(types, variable.Type);
        Offset = place.Offset;
        Size = place.Size;
        Value = value;
        foreach (var tag in types.Tags(variable.Id))
        {
            if (!tag.StartsWith(TagPrefix, StringComparison.Ordinal) || tag.IndexOf('=') is var end && end < 0)
            {
                continue;
            }
            var text = tag[(end + 1)..];
            switch (tag[TagPrefix.Length..end])
            {
                case "unit": Unit = text.Length == 0 ? null : text; break;
                case "help": Help = text; break;
                case "least": Least = Number(text); break;
                case "greatest": Greatest = Number(text); break;
                case "silent": IsSilentAtZero = text == "0"; break;
            }
        }
    }

    /// <summary>Its name in C.</summary>
    public string Name { get; }

    /// <summary>Its C type.</summary>
    public string Type { get; }

    /// <summary>Its value: the default, or the value that it was set to.</summary>
    public object? Value { get; internal set; }

    /// <summary>The unit of the value, such as "ns" or "Hz"; null if it has none.</summary>
    public string? Unit { get; }

    /// <summary>Its description; null if the program does not have one.</summary>
    public string? Help { get; }

    /// <summary>The smallest allowed value; null for the limit of the type.</summary>
    public BigInteger? Least { get; }

    /// <summary>The greatest allowed value; null for the limit of the type.</summary>
    public BigInteger? Greatest { get; }

    /// <summary>Whether the program sends no events as long as it is zero (BPFPS_THRESHOLD).</summary>
    internal bool IsSilentAtZero { get; }

    /// <summary>The section that it is in: ".rodata", or one with a name of its own.</summary>
    internal string Section { get; init; } = "";

    internal uint Offset { get; }

    internal uint TypeId => _typeId;

    internal uint Size { get; }

    /// <summary>Encodes a value as the bytes of the variable.</summary>
    /// <exception cref="BpfException">The value does not fit.</exception>
    internal byte[] Encode(object value)
    {
        var bytes = new byte[Size];
        try
        {
            ValueEncoder.Encode(_types, _typeId, value, bytes, Unit);
            if ((Least ?? Greatest) is not null)
            {
                var number = NumberEncoder.Integer(value, Type, Unit);
                if (number < Least || number > Greatest)
                {
                    throw new BpfException(BpfErrorKind.InvalidArgument,
                        $"'{number}' is not in the range {Least} to {Greatest}{(Unit is null ? "" : $" {Unit}")}.");
                }
            }
        }
        catch (BpfException e)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"Variable '{Name}': {e.Message}", $"Type: {Type}. {Help}".TrimEnd(),
                inner: e);
        }
        return bytes;
    }

    private static BigInteger? Number(string text) =>
        BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The name and the value.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Name}={RecordText.Format(Value)}{(Value is TimeSpan ? "" : Unit)}");
}
