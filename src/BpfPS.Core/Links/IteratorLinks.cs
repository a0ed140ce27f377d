using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>Describes the links of iterators.</summary>
// unsafe: the buffer for the name is a local array whose real length is passed to the kernel.
internal static unsafe class IteratorLinks
{
    private const int NameRoom = 64;
    private const uint IteratorAttachType = 28; // BPF_TRACE_ITER

    /// <summary>Describes an iterator's link.</summary>
    public static BpfLink Describe(FileDescriptor fd, LinkInfo info, LinkContext context)
    {
        var buffer = stackalloc byte[NameRoom];
        buffer[0] = 0;
        var request = new LinkInfo { IteratorTargetName = (ulong)buffer, IteratorTargetNameLength = NameRoom };
        var name = KernelObjects.TryFillLinkInfo(fd, ref request) ? KernelObjects.NameOf(buffer, NameRoom) : "";
        // The kernel fills only the fields that apply: map iterators have a map, cgroup iterators a cgroup, task iterators a task.
        var map = info.IteratorMapId == 0 ? (uint?)null : info.IteratorMapId;
        var cgroupId = name == "cgroup" && info.IteratorCgroupId != 0 ? info.IteratorCgroupId : (ulong?)null;
        var cgroup = cgroupId is { } id ? context.Cgroups.GetValueOrDefault(id) : null;
        var (thread, process) = name.StartsWith("task", StringComparison.Ordinal)
            ? (info.IteratorThreadId, info.IteratorProcessId)
            : (0, 0);
        var which = map is { } mapId ? $" of {LinkDescriber.MapText(mapId)}"
            : cgroupId is not null ? $" {cgroup ?? string.Create(CultureInfo.InvariantCulture, $"id {cgroupId}")}"
            : process != 0 ? string.Create(CultureInfo.InvariantCulture, $" of process {process}")
            : thread != 0 ? string.Create(CultureInfo.InvariantCulture, $" of thread {thread}") : "";
        return new BpfLink(info.Id, info.ProgramId, TypeNames.Link(info.Type), context)
        {
            AttachType = TypeNames.Attachment(IteratorAttachType),
            Target = name + which,
            Iterator = name,
            MapId = map,
            Cgroup = cgroup,
            CgroupId = cgroupId,
            ProcessId = process != 0 ? (int)process : thread != 0 ? (int)thread : null,
        };
    }
}
