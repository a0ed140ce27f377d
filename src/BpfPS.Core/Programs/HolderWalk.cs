using System.Globalization;
using BpfPS.Host;

namespace BpfPS.Programs;

/// <summary>
/// Finds the processes that hold programs and links from /proc/PID/fdinfo; for programs, this is used only if the iterator cannot
/// be loaded. Processes that this user may not inspect are skipped.
/// </summary>
internal static class HolderWalk
{
    public static IReadOnlyList<(uint Id, BpfHolder Holder)> Programs() => Read("prog_id:");

    public static IReadOnlyList<(uint Id, BpfHolder Holder)> Links() => Read("link_id:");

    // A link's fdinfo names its program too: a process that holds the link also holds the program.
    private static IReadOnlyList<(uint Id, BpfHolder Holder)> Read(string idLine) => ProcessDescriptor.Find(
        target => target.Contains("bpf-prog") || target.Contains("bpf_link") || target.Contains("bpf-link"),
        descriptor => descriptor.Info.Where(line => line.StartsWith(idLine, StringComparison.Ordinal))
            .Select(line => (uint.Parse(line.AsSpan(idLine.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture),
                new BpfHolder(descriptor.ProcessId, descriptor.ProcessName))));
}
