using BpfPS.Fuzzing.Targets;
using BpfPS.Tests;

namespace BpfPS.Fuzzing;

/// <summary>
/// What a run leaves for the next one and for people: the inputs that reached something new, and the findings. It is no part of the
/// repository, whose corpus is small.
/// </summary>
internal sealed class WorkFolder(string path)
{
    /// <summary>Where it is unless somebody says otherwise.</summary>
    public static string Default => Path.Combine(Repository.Root, "artifacts/fuzzing");

    /// <summary>The folder itself.</summary>
    public string Root => path;

    /// <summary>The results of a run, for the build.</summary>
    public string Results => Path.Combine(path, "results.json");

    /// <summary>The inputs of a target that reached something new.</summary>
    public string Corpus(FuzzTarget target) => Made(Path.Combine(path, "corpus", target.Name));

    /// <summary>The findings of a target, each with a text that says what happened.</summary>
    public string Findings(FuzzTarget target) => Made(Path.Combine(path, "findings", target.Name));

    /// <summary>What the process that tries inputs tells the one that watches it.</summary>
    public string Progress(FuzzTarget target) => Path.Combine(Made(path), $"{target.Name}.progress");

    /// <summary>Saves a finding.</summary>
    /// <param name="target">The target.</param>
    /// <param name="kind">What happened, in words that a file's name can have.</param>
    /// <param name="input">The input.</param>
    /// <param name="what">What happened, in full.</param>
    public void Save(FuzzTarget target, string kind, byte[] input, string what)
    {
        // Of what is the same by its kind, one is enough.
        if (!KeptInputs.Of(Findings(target)).Any(other => Path.GetFileName(other).StartsWith($"{kind}-", StringComparison.Ordinal)))
        {
            var file = Path.Combine(Findings(target), $"{kind}-{InputName.Of(input)}");
            File.WriteAllBytes(file, input);
            File.WriteAllText($"{file}.txt", what);
        }
    }

    private static string Made(string folder) => Directory.CreateDirectory(folder).FullName;
}
