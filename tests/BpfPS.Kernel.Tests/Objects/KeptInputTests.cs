using BpfPS.Fuzzing.Targets;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>The objects and exports that the fuzzer has found, tried once more: what was mended stays mended.</summary>
public sealed class KeptInputTests : IClassFixture<NothingLeft>, IDisposable
{
    public static TheoryData<string> Targets => [.. FuzzTargets.All.Where(target => !target.IsPure).Select(target => target.Name)];

    public void Dispose()
    {
        BpfSession.StopAll(FuzzSession.Id);
        InputFile.Delete(Environment.ProcessId);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_was_found_once_is_used_or_refused(string name)
    {
        Live.Require();
        var target = FuzzTargets.All.Single(target => target.Name == name);
        // An object that one reader of objects stumbled over is tried with all of them.
        var files = FuzzTargets.All.Where(other => other.Form == target.Form && !other.IsPure).SelectMany(KeptInputs.Of).ToArray();
        Assert.NotEmpty(files);

        foreach (var file in files)
        {
            var finding = Attempt.Try(target, File.ReadAllBytes(file));
            Assert.True(finding is null, $"{file}: {finding?.What}");
        }
    }
}
