using BpfPS.Records;

namespace BpfPS.Maps;

/// <summary>The layout of a key or value as text, with one line for each plain member, such as "bytes: u64 at 8".</summary>
internal static class MapShapeText
{
    /// <summary>The lines, with members of nested structs by their path.</summary>
    public static IReadOnlyList<string> Lines(StructShape shape) => Members(shape, "", 0).ToArray();

    /// <summary>The differences between two layouts, one clause for each member; empty if they match.</summary>
    public static IReadOnlyList<string> Differences(string part, IReadOnlyList<string> there, IReadOnlyList<string> here)
    {
        var differences = new List<string>();
        var theirs = there.ToDictionary(Name);
        var ours = here.ToDictionary(Name);
        foreach (var (name, line) in theirs)
        {
            if (!ours.TryGetValue(name, out var mine))
            {
                differences.Add($"{part} member {line} is in the file but not in the map");
            }
            else if (mine != line)
            {
                differences.Add($"{part} member {line} in the file is {mine[(name.Length + 2)..]} in the map");
            }
        }
        differences.AddRange(ours.Where(mine => !theirs.ContainsKey(mine.Key))
            .Select(mine => $"{part} member {mine.Value} is in the map but not in the file"));
        return differences;
    }

    private static string Name(string line) => line[..Math.Max(line.IndexOf(": ", StringComparison.Ordinal), 0)];

    private static IEnumerable<string> Members(StructShape shape, string path, uint offset)
    {
        foreach (var member in shape.Fields)
        {
            if (member.Shape is StructShape inner)
            {
                foreach (var line in Members(inner, $"{path}{member.Name}.", offset + member.Offset))
                {
                    yield return line;
                }
            }
            else
            {
                yield return $"{path}{member.Name}: {CTypeText.Of(member.Shape)} at {offset + member.Offset}";
            }
        }
    }
}
