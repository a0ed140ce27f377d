using System.Diagnostics;
using BpfPS.Fuzzing.Mutation;
using BpfPS.Fuzzing.Targets;

namespace BpfPS.Fuzzing;

/// <summary>
/// Takes an input, changes it, tries it, and keeps it if it took a way through the engine that none has taken before. What is kept is
/// changed further, so that step by step inputs come to places that a single random change does not reach.
/// </summary>
internal sealed class FuzzLoop(FuzzTarget target, WorkFolder work, Progress progress, int seed)
{
    private readonly List<byte[]> _corpus = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Random _random = new(seed);

    /// <summary>Tries inputs.</summary>
    /// <param name="executions">How many, those to begin with included.</param>
    /// <param name="longest">When to stop all the same.</param>
    public void Run(long executions, TimeSpan longest)
    {
        var clock = Stopwatch.StartNew();
        Begin();
        var mutator = new Mutator(target, _random);
        for (var tried = (long)_corpus.Count; tried < executions && clock.Elapsed < longest; tried++)
        {
            var input = mutator.Mutate(Choose(), Choose());
            if (Try(input) && _names.Add(InputName.Of(input)))
            {
                _corpus.Add(input);
                File.WriteAllBytes(Path.Combine(work.Corpus(target), InputName.Of(input)), input);
            }
        }
    }

    /// <summary>Takes what there is; what an earlier run found and others now cover is removed. The smallest come first.</summary>
    private void Begin()
    {
        var found = KeptInputs.Of(work.Corpus(target)).ToDictionary(path => path, File.ReadAllBytes);
        foreach (var input in target.Seeds().Concat(KeptInputs.Of(target).Select(File.ReadAllBytes))
            .Where(input => input.Length <= target.LongestInput).OrderBy(input => input.Length))
        {
            if (_names.Add(InputName.Of(input)))
            {
                Try(input);
                _corpus.Add(input);
            }
        }
        foreach (var (path, input) in found.OrderBy(one => one.Value.Length))
        {
            if (input.Length <= target.LongestInput && Try(input) && _names.Add(InputName.Of(input)))
            {
                _corpus.Add(input);
            }
            else
            {
                File.Delete(path);
            }
        }
        if (EdgeMap.Edges == 0)
        {
            throw new InvalidOperationException("The engine beside this program is not instrumented; build.ps1 makes a copy that is.");
        }
    }

    /// <summary>
    /// An input to change: every other time one of the last found ones, whose surroundings nobody has tried, and mostly the shorter of two,
    /// in which a change is likelier to matter.
    /// </summary>
    private byte[] Choose()
    {
        const int latest = 32;
        var from = _random.Next(2) == 0 ? Math.Max(0, _corpus.Count - latest) : 0;
        var (one, other) = (_corpus[_random.Next(from, _corpus.Count)], _corpus[_random.Next(from, _corpus.Count)]);
        return one.Length <= other.Length || _random.Next(4) == 0 ? one : other;
    }

    private bool Try(byte[] input)
    {
        EdgeMap.Clear();
        progress.Begin(input);
        var finding = Attempt.Try(target, input);
        var isNew = EdgeMap.Collect();
        progress.End(EdgeMap.Edges, _corpus.Count);
        if (finding is var (kind, what))
        {
            work.Save(target, kind, input, what);
            return false; // its neighbours would be the same finding
        }
        return isNew;
    }
}
