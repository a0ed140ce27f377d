using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>Describes the links of perf events: uprobes, kprobes, tracepoints, and counted or sampled events.</summary>
// unsafe: the buffer for the name is a local array whose real length is passed to the kernel.
internal static unsafe class PerfLinks
{
    private const uint Uprobe = 1; // enum bpf_perf_event_type
    private const uint UprobeReturn = 2;
    private const uint Kprobe = 3;
    private const uint KprobeReturn = 4;
    private const uint Tracepoint = 5;
    private const uint Event = 6;
    private const int NameRoom = 4096; // PATH_MAX

    /// <summary>Describes the link of a perf event. Kernels before 6.6 give no information about such links.</summary>
    public static BpfLink Describe(FileDescriptor fd, LinkInfo info, LinkContext context)
    {
        var name = info.PerfType is Event or 0 ? "" : NameOf(fd);
        var type = TypeNames.Link(info.Type);
        return info.PerfType switch
        {
            Uprobe or UprobeReturn => new BpfLink(info.Id, info.ProgramId, type, context)
            {
                AttachType = info.PerfType == Uprobe ? "uprobe" : "uretprobe",
                IsReturn = info.PerfType == UprobeReturn,
                Target = string.Create(CultureInfo.InvariantCulture, $"{name} at 0x{info.PerfOffset:x}"),
                Binary = name,
                Offset = info.PerfOffset,
                Cookie = NonZero(info.PerfUprobeCookie),
            },
            Kprobe or KprobeReturn => new BpfLink(info.Id, info.ProgramId, type, context)
            {
                AttachType = info.PerfType == Kprobe ? "kprobe" : "kretprobe",
                IsReturn = info.PerfType == KprobeReturn,
                Target = info.PerfOffset == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}+0x{info.PerfOffset:x}"),
                Function = name,
                Offset = info.PerfOffset,
                Cookie = NonZero(info.PerfKprobeCookie),
            },
            Tracepoint => new BpfLink(info.Id, info.ProgramId, type, context)
            {
                AttachType = "tracepoint",
                Target = name,
                Tracepoint = name,
                Cookie = NonZero(info.PerfTracepointCookie),
            },
            Event => new BpfLink(info.Id, info.ProgramId, type, context)
            {
                AttachType = TypeNames.Attachment(AttachTypes.PerfEvent),
                Target = PerfEventNames.Of(info.PerfEventType, info.PerfEventConfig),
                PerfEvent = PerfEventNames.Of(info.PerfEventType, info.PerfEventConfig),
                Cookie = NonZero(info.PerfEventCookie),
            },
            // Kernels before 6.6 only give information about the event itself, through a descriptor of it.
            _ => context.PerfEvents.FirstOrDefault(file => file.ProgramId == info.ProgramId) is { } file
                ? new BpfLink(file, info.Id, context, null)
                : new BpfLink(info.Id, info.ProgramId, type, context) { AttachType = TypeNames.Attachment(AttachTypes.PerfEvent) },
        };
    }

    /// <summary>Lists the programs attached to perf events without a link (PERF_EVENT_IOC_SET_BPF).</summary>
    public static IEnumerable<BpfLink> WithoutLink(IReadOnlyList<BpfLink> links, LinkContext context)
    {
        var linked = links.Where(link => link.Type == "perf_event").Select(link => link.ProgramId).ToHashSet();
        // One program is often attached to many events: one for each CPU, and each of these in every process that inherited it.
        return context.PerfEvents.Where(file => !linked.Contains(file.ProgramId))
            .GroupBy(file => (file.ProgramId, file.AttachType, file.Name, file.Offset))
            .Select(group => new BpfLink(group.First(), null, context, [.. group.Select(file => file.Holder).Distinct()]));
    }

    private static string NameOf(FileDescriptor fd)
    {
        var buffer = stackalloc byte[NameRoom];
        buffer[0] = 0;
        var request = new LinkInfo { PerfName = (ulong)buffer, PerfNameLength = NameRoom };
        return KernelObjects.TryFillLinkInfo(fd, ref request) ? KernelObjects.NameOf(buffer, NameRoom) : "";
    }

    private static ulong? NonZero(ulong number) => number == 0 ? null : number;
}
