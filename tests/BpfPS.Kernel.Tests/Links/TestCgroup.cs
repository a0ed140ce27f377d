using System.Globalization;
using BpfPS.Host;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Links;

/// <summary>A cgroup of the test's own, gone afterwards with what is attached to it.</summary>
internal sealed class TestCgroup : IDisposable
{
    private static int s_count;

    public TestCgroup()
    {
        Machine.Require(CgroupTree.Root is not null, "no cgroup2 file system is mounted");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; } = string.Create(CultureInfo.InvariantCulture,
        $"{CgroupTree.Root}/bpfps-links-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");

    public void Dispose() => Command.Output("rmdir", Path);
}
