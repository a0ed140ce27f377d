using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Starts programs of hooks that not every kernel is built with.</summary>
internal static class SwitchedHook
{
    /// <summary>Starts a program of a test object.</summary>
    public static BpfObject Start(string name, BpfAttachOptions options, string program) =>
        BpfObjectStarter.Start(Repository.TestProgram(name), new BpfStartOptions
        {
            Programs = [program],
            Attachment = options,
            Variables = name == "guest" ? new Dictionary<string, object> { ["producer_pid"] = Environment.ProcessId } : [],
        });

    /// <summary>Skips the test where a program in C can attach what is to be refused.</summary>
    /// <param name="name">The test object.</param>
    /// <param name="program">Its program.</param>
    /// <param name="where">What the program in C is told besides: a function and the program that has it, a pattern or a map.</param>
    public static void RequireRefusal(string name, string program, params string[] where) =>
        Assert.SkipWhen(LibbpfInC.Attach(name, program, where) == LibbpfInC.Attached,
            $"this kernel has the hook of {program}: a program in C attaches it");

    /// <summary>Starting a program of a test object must be one clear error that leaves nothing.</summary>
    public static void Refuses(string name, BpfAttachOptions options, string program)
    {
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() => Start(name, options, program));

        Assert.True(error.Kind is BpfErrorKind.PermissionDenied or BpfErrorKind.NotSupported, error.ToString());
        Assert.NotNull(error.Remedy);
        Assert.Empty(NothingLeft.Leftovers(before));
    }
}
