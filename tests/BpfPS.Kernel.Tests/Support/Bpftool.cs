using System.Globalization;
using System.Text.Json;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>The witness: what bpftool says.</summary>
internal static class Bpftool
{
    private static readonly Lazy<Version> s_version = new(() => Version.Parse(Json("version").GetProperty("version").GetString()!));

    /// <summary>The version of the bpftool that is the witness.</summary>
    public static Version Version => s_version.Value;

    /// <summary>Runs bpftool and reads its JSON.</summary>
    public static JsonElement Json(params string[] arguments) => BpftoolJson.Answer(arguments);

    /// <summary>Runs bpftool for its effect.</summary>
    public static void Run(params string[] arguments) => Command.Output("bpftool", arguments);

    /// <summary>Everything of a kind ("prog", "map" or "link") by id, pins included.</summary>
    public static Dictionary<uint, JsonElement> List(string kind)
    {
        // bpftool fails when what it lists goes away under its hands: somebody else's, then.
        for (var attempt = 1; ; attempt++)
        {
            var (exitCode, output, error) = Command.Run("bpftool", "-j", "-f", kind, "list");
            if (exitCode == 0)
            {
                return JsonDocument.Parse(output).RootElement.EnumerateArray().ToDictionary(entry => entry.GetProperty("id").GetUInt32());
            }
            Assert.True(attempt < 10, $"bpftool cannot list what there is: {error}{output}");
        }
    }

    /// <summary>A map's entries as the bytes of key and value.</summary>
    public static (byte[] Key, byte[] Value)[] Dump(uint map) =>
        [.. Json("map", "dump", "id", Text(map)).EnumerateArray()
            .Select(entry => (Bytes(entry.GetProperty("key")), Bytes(entry.GetProperty("value"))))];

    /// <summary>Sets an entry.</summary>
    public static void Update(uint map, byte[] key, byte[] value) =>
        Run(["map", "update", "id", Text(map), "key", .. key.Select(Text), "value", .. value.Select(Text)]);

    /// <summary>
    /// A list of bytes as bpftool writes it: "0x01", "0x02", or in a test run as numbers. Empty for an error, which it writes for
    /// an index with nothing in it.
    /// </summary>
    public static byte[] Bytes(JsonElement list) => list.ValueKind == JsonValueKind.Object && list.TryGetProperty("error", out _) ? [] :
        [.. list.EnumerateArray()
            .Select(text => text.ValueKind == JsonValueKind.Number ? text.GetByte()
            : byte.Parse(text.GetString().AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    /// <summary>The global variables of a section (".bss") by name.</summary>
    public static Dictionary<string, JsonElement> Globals(uint map, string section) =>
        Json("map", "dump", "id", Text(map))[0].GetProperty("formatted").GetProperty("value").GetProperty(section)
            .EnumerateArray().SelectMany(variable => variable.EnumerateObject())
                .ToDictionary(variable => variable.Name, variable => variable.Value);

    public static string Text<T>(T number) where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);
}
