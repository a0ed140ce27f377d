using BpfPS.Tests;
using BpfPS.Verifier;

namespace BpfPS.Core.Tests.Verifier;

/// <summary>The logs in the folder Logs: those of Linux 6.18 and of none by their names, those of others as "7.3/NAME".</summary>
internal static class VerifierLogFile
{
    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.log", SearchOption.AllDirectories)
        .Select(file => Path.ChangeExtension(Path.GetRelativePath(Folder, file), null)).Order();

    private static string Folder => Path.Combine(Repository.Root, "tests/BpfPS.Core.Tests/Verifier/Logs");

    public static string Read(string name) => File.ReadAllText(Path.Combine(Folder, $"{name}.log"));

    public static VerifierLog Parse(string name) => VerifierLog.Parse(Read(name));
}
