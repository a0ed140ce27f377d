using BpfPS.Records;

namespace BpfPS.Maps;

/// <summary>A number in a map's value that a program counts up.</summary>
/// <param name="Name">The member's name; of one in a nested struct, that member's own.</param>
/// <param name="Offset">Bytes from the start of the value.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="IsDuration">Whether it is a time in nanoseconds, and not a number of things.</param>
internal sealed record ResultCounter(string Name, int Offset, int Size, bool IsDuration)
{
    private const string Total = "total";

    private static readonly string[] s_kept = ["min", "max", "first", "last", "longest", "shortest", "greatest", "least", "oldest"];

    /// <summary>Those of a value: whole numbers and durations, but not what is the least, the greatest, the first or the last.</summary>
    /// <param name="value">The value; in a per-CPU map, that of one CPU.</param>
    public static IReadOnlyList<ResultCounter> Of(StructShape value)
    {
        var counters = new List<ResultCounter>();
        Collect(value, 0, counters);
        return counters;
    }

    /// <summary>
    /// Those by which entries are ordered, added up: the time that everything took (a duration called total); or else the whole numbers; or
    /// else the durations.
    /// </summary>
    /// <param name="counters">The counters of a value.</param>
    public static IReadOnlyList<ResultCounter> Weights(IReadOnlyList<ResultCounter> counters) =>
        counters.Where(one => one is { IsDuration: true, Name: Total }).ToArray() is { Length: > 0 } totals ? totals
            : counters.Where(one => !one.IsDuration).ToArray() is { Length: > 0 } numbers ? numbers : counters;

    private static void Collect(StructShape shape, uint offset, List<ResultCounter> counters)
    {
        foreach (var field in shape.Fields)
        {
            if (Array.Exists(s_kept, kept => field.Name.StartsWith(kept, StringComparison.Ordinal)))
            {
                continue;
            }
            var place = offset + field.Offset;
            switch (field.Shape)
            {
                case ScalarShape { Swap: false } scalar when IsWhole(scalar) && field.Meaning == FieldMeaning.None:
                    counters.Add(new(field.Name, (int)place, (int)scalar.Size, IsDuration: false));
                    break;
                case ReadShape { Reader: nameof(RecordReader.Duration) } duration:
                    counters.Add(new(field.Name, (int)place, (int)duration.Size, IsDuration: true));
                    break;
                case StructShape inner:
                    Collect(inner, place, counters);
                    break;
                case ArrayShape { Element: ScalarShape { Swap: false } element } array when IsWhole(element):
                    for (var i = 0u; i < array.Count; i++)
                    {
                        counters.Add(new(field.Name, (int)(place + i * array.Stride), (int)element.Size, IsDuration: false));
                    }
                    break;
                default:
                    break; // text, addresses and the like are as they are
            }
        }
    }

    private static bool IsWhole(ScalarShape scalar) => scalar.Clr != typeof(float) && scalar.Clr != typeof(double);
}
