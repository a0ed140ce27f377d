using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Starts programs of hooks.bpf.c, and tells through bpftool how often they ran.</summary>
internal static class Counted
{
    public static BpfObject Start(BpfAttachOptions options, params string[] programs) =>
        BpfObjectStarter.Start(Repository.TestProgram("hooks"), new BpfStartOptions { Programs = programs, Attachment = options });

    /// <summary>The value of a counter, or of another variable of the object.</summary>
    public static ulong Runs(this BpfObject obj, string variable) =>
        Bpftool.Globals(obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal)).Id, ".bss")[variable].GetUInt64();
}
