using BpfPS.Tests;

namespace BpfPS.Fuzzing.Targets;

/// <summary>The inputs that the repository keeps: what to begin with, what reached something new, and what once was a finding.</summary>
internal static class KeptInputs
{
    /// <summary>The folder; below it there is one for each target.</summary>
    public static string Folder => Path.Combine(Repository.Root, "tests/Fuzzing/corpus");

    /// <summary>The files of a target, ordered by name.</summary>
    public static IEnumerable<string> Of(FuzzTarget target) => Of(Path.Combine(Folder, target.Name));

    /// <summary>The files of a folder, ordered by name; none if there is no such folder.</summary>
    public static IEnumerable<string> Of(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal) : [];
}
