using BpfPS.Attach;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Starts programs of hooks that not every kernel has.</summary>
internal static class Guest
{
    /// <summary>Whether a hook may not be missing: this is a virtual machine of tests/vm, and its kernel is new enough.</summary>
    /// <param name="since">The version of Linux that has had it since.</param>
    public static bool MustHave(string since) => Environment.GetEnvironmentVariable("BPFPS_VM") is not null && Environment.OSVersion.Version >= Version.Parse(since);

    /// <summary>Starts programs of a test object. Elsewhere than in a virtual machine of tests/vm, a refusal must be one clear error that leaves nothing.</summary>
    /// <returns>The object; null where it was refused.</returns>
    public static BpfObject? TryStart(string name, string since, BpfAttachOptions options, params string[] programs)
    {
        var before = NothingLeft.Now();
        try
        {
            return BpfObjectStarter.Start(Repository.TestProgram(name), new BpfStartOptions
            {
                Programs = programs,
                Attachment = options,
                Variables = name == "guest" ? new Dictionary<string, object> { ["producer_pid"] = Environment.ProcessId } : [],
            });
        }
        catch (BpfException e) when (!MustHave(since))
        {
            Assert.True(e.Kind is BpfErrorKind.PermissionDenied or BpfErrorKind.NotSupported, e.ToString());
            Assert.NotNull(e.Remedy);
            Assert.Empty(NothingLeft.Leftovers(before));
            return null;
        }
    }
}
