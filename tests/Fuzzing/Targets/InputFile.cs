using System.Globalization;

namespace BpfPS.Fuzzing.Targets;

/// <summary>The file that an input is in while a target that reads files has it.</summary>
internal static class InputFile
{
    private static readonly string s_path = PathOf(Environment.ProcessId);

    /// <summary>Writes an input, over the one before.</summary>
    /// <returns>The path of the file.</returns>
    public static string Write(byte[] input)
    {
        File.WriteAllBytes(s_path, input);
        return s_path;
    }

    /// <summary>Removes the file of a process, which may have ended without having done so.</summary>
    public static void Delete(int processId) => File.Delete(PathOf(processId));

    private static string PathOf(int processId) =>
        Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"bpfps-fuzz-{processId}.bpf.o"));
}
