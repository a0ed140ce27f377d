using System.Text.RegularExpressions;
using BpfPS.Tests;

namespace BpfPS.Core.Tests.Rooms;

/// <summary>
/// The table of rooms and its drawing, as docs/code-layout.md has them: what people read is what the code is held against.
/// </summary>
internal sealed partial class RoomTable
{
    /// <summary>The engine's own folder. Every room may use what lies there.</summary>
    public const string Root = "root";

    private RoomTable(string text)
    {
        var rows = Row().Matches(text[text.IndexOf("## The engine's rooms", StringComparison.Ordinal)..]);
        Rooms = [.. rows.Select(row => row.Groups["room"].Value)];
        MayUse = rows.ToDictionary(row => row.Groups["room"].Value, row => Names(row.Groups["uses"].Value));
        Drawn = [.. Arrow().Matches(text).Select(arrow => (arrow.Groups["from"].Value, arrow.Groups["to"].Value))];
    }

    /// <summary>The rooms, from the ground up.</summary>
    public IReadOnlyList<string> Rooms { get; }

    /// <summary>What each room may use besides <see cref="Root"/>; what those may use, it may too.</summary>
    public IReadOnlyDictionary<string, string[]> MayUse { get; }

    /// <summary>The arrows of the drawing.</summary>
    public IReadOnlyList<(string From, string To)> Drawn { get; }

    /// <summary>Reads the page.</summary>
    public static RoomTable Read() => new(File.ReadAllText(Path.Combine(Repository.Root, "docs/code-layout.md")));

    /// <summary>Everything that a room may use, by way of others too.</summary>
    public IReadOnlySet<string> Reach(string room)
    {
        var reached = new HashSet<string> { Root };
        var next = new Stack<string>(MayUse.GetValueOrDefault(room, []));
        while (next.TryPop(out var used))
        {
            if (reached.Add(used))
            {
                Array.ForEach(MayUse.GetValueOrDefault(used, []), next.Push);
            }
        }
        return reached;
    }

    private static string[] Names(string cell) =>
        [.. cell.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    [GeneratedRegex(@"^\| `(?<room>\w+)/` \|[^|]*\| (?<uses>[\w, ]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^    (?<from>\w+) --> (?<to>\w+)$", RegexOptions.Multiline)]
    private static partial Regex Arrow();
}
