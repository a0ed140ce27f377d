using System.Text.Json;

namespace BpfPS.Tests;

/// <summary>What bpftool, the witness, says in JSON: the same for every version of it.</summary>
internal static class BpftoolJson
{
    /// <summary>Asks bpftool something that it must be able to answer.</summary>
    public static JsonElement Answer(params string[] arguments)
    {
        var (exitCode, output, error) = Command.Run("bpftool", ["-j", .. arguments]);
        var answer = Parse(output);
        Assert.True(answer is not null && (exitCode == 0 || (arguments.Contains("link") && IsLink(answer.Value))),
            $"bpftool -j {string.Join(' ', arguments)} exited with {exitCode}: {error}{output}");
        return answer.Value;
    }

    /// <summary>Whether the kernel has a link with that id, by the answer and not by the exit code: see <see cref="IsLink"/>.</summary>
    public static bool HasLink(uint id)
    {
        var (exitCode, output, error) = Command.Run("bpftool", "-j", "link", "show", "id", $"{id}");
        if (Parse(output) is { } answer && IsLink(answer))
        {
            Assert.Equal(id, answer.GetProperty("id").GetUInt32());
            return true;
        }
        Assert.True(exitCode != 0 && output.Contains("No such file or directory", StringComparison.Ordinal),
            $"bpftool does not say whether there is a link {id}; it exited with {exitCode}: {error}{output}");
        return false;
    }

    // bpftool 7.5 ends 'link show' of one link with 255 although it has shown it (link.c, do_show: it takes an errno that nobody set
    // for its result). What it shows on a failure is an error in place of the link.
    private static bool IsLink(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("id", out _) && !answer.TryGetProperty("error", out _);

    private static JsonElement? Parse(string output)
    {
        try
        {
            // What bpftool writes for a floating-point variable is not JSON.
            return JsonDocument.Parse(output.Replace("(unsupported-kind}", "null}", StringComparison.Ordinal)).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
