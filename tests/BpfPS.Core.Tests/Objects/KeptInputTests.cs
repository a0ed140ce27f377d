using System.Diagnostics;
using BpfPS.Fuzzing.Targets;

namespace BpfPS.Core.Tests.Objects;

/// <summary>
/// The inputs that the fuzzer has found, tried once more: what was mended stays mended. Those of objects are tried on the kernel.
/// </summary>
public class KeptInputTests
{
    private const int MostFiles = 200, LargestText = 4096, LargestObject = 8192;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Where(target => target.IsPure).Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_was_found_once_is_used_or_refused(string name)
    {
        var target = FuzzTargets.All.Single(target => target.Name == name);
        var files = KeptInputs.Of(target).ToArray();
        Assert.NotEmpty(files);

        foreach (var file in files)
        {
            var clock = Stopwatch.StartNew();
            var finding = Attempt.Try(target, File.ReadAllBytes(file));
            Assert.True(finding is null, $"{file}: {finding?.What}");
            Assert.True(clock.Elapsed < s_longest, $"{file}: {clock.Elapsed}");
        }
    }

    [Fact]
    public void The_kept_corpus_is_small_and_each_of_its_folders_is_of_a_target()
    {
        var files = new DirectoryInfo(KeptInputs.Folder).GetFiles("*", SearchOption.AllDirectories);

        Assert.InRange(files.Length, 1, MostFiles);
        Assert.All(files, file =>
        {
            var target = FuzzTargets.All.Single(target => target.Name == file.Directory!.Name);
            Assert.InRange(file.Length, 0, target.Form == InputForm.Elf ? LargestObject : LargestText);
        });
    }

    [Fact]
    public void A_nightly_run_tries_a_million_inputs() =>
        Assert.Equal(1_000_000, FuzzTargets.All.Sum(target => target.NightlyExecutions));
}
