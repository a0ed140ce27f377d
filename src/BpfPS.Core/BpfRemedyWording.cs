using System.Globalization;
using System.Runtime.CompilerServices;

namespace BpfPS;

/// <summary>A sentence of a remedy as it is composed: its text, and the options in it as data.</summary>
[InterpolatedStringHandler]
internal readonly struct BpfRemedyWording
{
    private readonly List<object> _parts;

    /// <summary>Called by the compiler.</summary>
    public BpfRemedyWording(int literalLength, int formattedCount)
    {
        _ = literalLength;
        _parts = new List<object>(formattedCount * 2 + 1);
    }

    /// <summary>Adds text.</summary>
    public void AppendLiteral(string text) => _parts.Add(text);

    /// <summary>Adds a value as text.</summary>
    public void AppendFormatted<T>(T value) => _parts.Add(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");

    /// <summary>Adds an option.</summary>
    public void AppendFormatted(BpfOption option) => _parts.Add(option);

    /// <summary>Adds a list of options.</summary>
    public void AppendFormatted(IEnumerable<BpfOption> options)
    {
        foreach (var option in options)
        {
            _parts.AddRange(_parts.LastOrDefault() is BpfOption ? [", ", option] : [option]);
        }
    }

    /// <summary>The sentence in which each option has the name that the caller gives it.</summary>
    /// <param name="nameOf">Names an option.</param>
    public string Worded(Func<BpfOption, string> nameOf) =>
        string.Concat(_parts.Select(part => part is BpfOption option ? nameOf(option) : (string)part));
}
