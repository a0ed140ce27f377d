using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>A perf event with a program, found through a descriptor of a process.</summary>
/// <param name="Holder">The process.</param>
/// <param name="ProgramId">The id of the program.</param>
/// <param name="AttachType">"tracepoint", "kprobe", "kretprobe", "uprobe" or "uretprobe".</param>
/// <param name="Name">The tracepoint, the function or the file.</param>
/// <param name="Offset">The offset in the function or the file, in bytes.</param>
internal sealed record PerfEventFile(BpfHolder Holder, uint ProgramId, string AttachType, string Name, ulong Offset)
{
    private const int NameRoom = 4096; // PATH_MAX

    // enum bpf_task_fd_type; a raw tracepoint, the first, is always a link.
    private static readonly string[] s_kinds = ["", "tracepoint", "kprobe", "kretprobe", "uprobe", "uretprobe"];

    public bool IsTracepoint => AttachType == "tracepoint";

    public bool IsKprobe => AttachType is "kprobe" or "kretprobe";

    public bool IsUprobe => AttachType is "uprobe" or "uretprobe";

    public bool IsReturn => AttachType is "kretprobe" or "uretprobe";

    /// <summary>The attach point as readable text.</summary>
    public string Target => IsUprobe ? string.Create(CultureInfo.InvariantCulture, $"{Name} at 0x{Offset:x}")
        : Offset == 0 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}+0x{Offset:x}");

    /// <summary>
    /// Lists those of all processes that this user may inspect. The kernel gives no information about sampled or counted events.
    /// </summary>
    public static IReadOnlyList<PerfEventFile> All() => ProcessDescriptor.Find(target => target == "anon_inode:[perf_event]",
        descriptor => Ask(descriptor) is { } file ? [file] : Array.Empty<PerfEventFile>());

    // unsafe: the buffer for the name is a local array whose real length is passed to the kernel.
    private static unsafe PerfEventFile? Ask(ProcessDescriptor descriptor)
    {
        var buffer = stackalloc byte[NameRoom];
        buffer[0] = 0;
        uint length = NameRoom;
        if (LibBpf.bpf_task_fd_query(descriptor.ProcessId, descriptor.Number, 0, buffer, ref length, out var program, out var kind,
            out var offset, out var address) != 0
            || kind == 0 || kind >= s_kinds.Length)
        {
            return null;
        }
        var name = KernelObjects.NameOf(buffer, NameRoom);
        // A kprobe that was attached by address has no name.
        name = name.Length == 0 && address != 0
            ? Stacks.KernelSymbols.Shared.Resolve(address).Function ?? string.Create(CultureInfo.InvariantCulture, $"0x{address:x}")
            : name;
        return new PerfEventFile(new BpfHolder(descriptor.ProcessId, descriptor.ProcessName), program, s_kinds[kind], name, offset);
    }
}
