using System.Globalization;
using BpfPS.Links;
using BpfPS.Native;
using BpfPS.Pins;

namespace BpfPS;

/// <summary>
/// An attached program: either a link, or an attachment without one, such as an XDP program attached with netlink.
/// </summary>
public sealed class BpfLink
{
    private readonly Lazy<IReadOnlyList<string>>? _pins;
    private readonly Lazy<IReadOnlyList<BpfHolder>>? _processes;

    internal BpfLink(uint? id, uint programId, string type, LinkContext context)
    {
        Id = id;
        Type = type;
        ProgramId = programId;
        ProgramName = context.ProgramName(programId);
        if (id is { } number)
        {
            _pins = new(() => [.. context.Pins[number]]);
            _processes = new(() => [.. context.Holders[number]]);
        }
    }

    /// <summary>
    /// A program attached to a perf event, with or without a link. Without one, it stays attached while these processes hold the event.
    /// </summary>
    internal BpfLink(PerfEventFile file, uint? id, LinkContext context, IReadOnlyList<BpfHolder>? holders)
        : this(id, file.ProgramId, "perf_event", context)
    {
        AttachType = file.AttachType;
        Target = file.Target;
        Function = file.IsKprobe ? file.Name : null;
        Tracepoint = file.IsTracepoint ? file.Name : null;
        Binary = file.IsUprobe ? file.Name : null;
        Offset = file.IsTracepoint ? null : file.Offset;
        IsReturn = file.IsTracepoint ? null : file.IsReturn;
        _processes = holders is null ? _processes : new(holders);
    }

    /// <summary>Its id in the kernel; null for an attachment without a link.</summary>
    public uint? Id { get; }

    /// <summary>
    /// Whether it is a link. A program attached without one stays until someone detaches it, and no process or pin holds it. Only
    /// perf events end with their processes.
    /// </summary>
    public bool HasLink => Id is not null;

    /// <summary>Its type as libbpf names it, such as "tracing" or "xdp"; "tc" for a traffic control filter.</summary>
    public string Type { get; }

    /// <summary>
    /// Its attach type as libbpf names it, such as "cgroup_inet_egress"; for a perf event, "uprobe", "kretprobe", "tracepoint" and so on.
    /// </summary>
    public string AttachType { get; internal init; } = "";

    /// <summary>The attach point as readable text.</summary>
    public string Target { get; internal init; } = "";

    /// <summary>
    /// Whether it has been explicitly detached. Such a link no longer does anything and only exists because a pin or process holds it.
    /// </summary>
    public bool IsDetached { get; internal init; }

    /// <summary>The id of the program that it attaches.</summary>
    public uint ProgramId { get; }

    /// <summary>The program's name; empty if the program cannot be queried.</summary>
    public string ProgramName { get; }

    /// <summary>
    /// The network interface; null if it is not on an interface, or if no interface in an accessible namespace has the program.
    /// </summary>
    public string? Interface { get; internal init; }

    /// <summary>The interface's index in its network namespace.</summary>
    public uint? InterfaceIndex { get; internal init; }

    /// <summary>
    /// The network namespace: its name in /run/netns, or a process in it; null for that of this process, or if it is not in a network
    /// namespace.
    /// </summary>
    public string? NetworkNamespace { get; internal init; }

    /// <summary>The network namespace's inode, as "ls -l /proc/PID/ns/net" shows it.</summary>
    public uint? NetworkNamespaceInode { get; internal init; }

    /// <summary>Where an XDP program runs: "native", "generic" or "offload".</summary>
    public string? Mode { get; internal init; }

    /// <summary>The number of programs on the same hook that run before it (tcx, netkit and cgroups).</summary>
    public int? Position { get; internal init; }

    /// <summary>The priority of a netfilter program or a traffic control filter; lower numbers run first.</summary>
    public int? Priority { get; internal init; }

    /// <summary>The handle of a traffic control filter.</summary>
    public uint? Handle { get; internal init; }

    /// <summary>Whether the return value of a traffic control filter decides what happens to the packet.</summary>
    public bool? IsDirectAction { get; internal init; }

    /// <summary>The cgroup's path; null if it is not on a cgroup, or if the cgroup file system does not show the cgroup.</summary>
    public string? Cgroup { get; internal init; }

    /// <summary>The cgroup's id.</summary>
    public ulong? CgroupId { get; internal init; }

    /// <summary>
    /// The rule for programs of cgroups below: "multi" (they run too), "override" (they replace it) or "single" (there cannot be any).
    /// Null if it is not on a cgroup, and for links, which are always "multi".
    /// </summary>
    public string? CgroupMode { get; internal init; }

    /// <summary>The function of a kprobe, fentry, fexit or fmod_ret program, or the hook of an LSM program, as sections name it.</summary>
    public string? Function { get; internal init; }

    /// <summary>The functions of a program that is attached to several functions.</summary>
    public IReadOnlyList<string> Functions { get; internal init; } = [];

    /// <summary>The tracepoint or raw tracepoint.</summary>
    public string? Tracepoint { get; internal init; }

    /// <summary>The file that a uprobe is in.</summary>
    public string? Binary { get; internal init; }

    /// <summary>The offset in the function or the file, in bytes.</summary>
    public ulong? Offset { get; internal init; }

    /// <summary>The offsets in the file of a program that is attached at several, in bytes.</summary>
    public IReadOnlyList<ulong> Offsets { get; internal init; } = [];

    /// <summary>Whether a kprobe or uprobe program runs when the function returns instead of when it is called.</summary>
    public bool? IsReturn { get; internal init; }

    /// <summary>The process that it is limited to.</summary>
    public int? ProcessId { get; internal init; }

    /// <summary>The event that is counted or sampled, as perf names it.</summary>
    public string? PerfEvent { get; internal init; }

    /// <summary>The kind of objects that an iterator iterates over, such as "task" or "bpf_map_elem".</summary>
    public string? Iterator { get; internal init; }

    /// <summary>The id of the map of an iterator, of a socket program, or of struct_ops operations.</summary>
    public uint? MapId { get; internal init; }

    /// <summary>The id of the program that this one traces or replaces a function of.</summary>
    public uint? TargetProgramId { get; internal init; }

    /// <summary>The number that was passed for the program when it was attached.</summary>
    public ulong? Cookie { get; internal init; }

    /// <summary>Its first pin; null if it has none.</summary>
    public string? Path => Pins.Count > 0 ? Pins[0] : null;

    /// <summary>Its pins below /sys/fs/bpf.</summary>
    public IReadOnlyList<string> Pins => _pins?.Value ?? [];

    /// <summary>The processes that have a descriptor of it.</summary>
    public IReadOnlyList<BpfHolder> Processes => _processes?.Value ?? [];

    /// <summary>Whether the kernel can detach the program while processes hold the link; other links end with their holders.</summary>
    internal bool CanBeDetached => Type is "cgroup" or "netns" or "xdp" or "tcx" or "netkit" or "sockmap";

    internal uint AttachTypeNumber { get; init; }

    internal NetworkNamespace? Space { get; init; }

    internal TrafficFilter? Filter { get; init; }

    /// <summary>Returns the link with an id.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="BpfException">No link has this id, or the user lacks permission.</exception>
    public static BpfLink FromId(uint id)
    {
        LibBpfLibrary.Require();
        using var fd = KernelObjects.OpenLink(id);
        return LinkDescriber.Describe(fd, new LinkContext());
    }

    /// <summary>Returns the link that is pinned at a path.</summary>
    /// <param name="path">A path in bpffs.</param>
    /// <exception cref="BpfException">There is no pin, the pin is not of a link, or the user lacks permission.</exception>
    public static BpfLink FromPin(string path)
    {
        using var fd = BpfPin.OpenDescriptor(path, BpfPinKind.Link);
        return LinkDescriber.Describe(fd, new LinkContext());
    }

    /// <summary>The links whose pins were removed and which go on all the same, because a process holds them.</summary>
    /// <param name="removed">The pins, of any kind.</param>
    internal static IReadOnlyList<BpfLink> HeldWithout(IEnumerable<BpfPin> removed)
    {
        var context = new LinkContext();
        var held = new List<BpfLink>();
        foreach (var pin in removed.Where(pin => pin.Kind == BpfPinKind.Link))
        {
            try
            {
                using var fd = KernelObjects.OpenLink(pin.Id);
                held.Add(LinkDescriber.Describe(fd, context));
            }
            catch (BpfException e) when (e.Kind is BpfErrorKind.Vanished or BpfErrorKind.PermissionDenied)
            {
                continue;
            }
        }
        // The kernel lets go of a link a moment after its last holder has.
        return held.FindAll(link => link.Processes.Any(process => process.ProcessId != Environment.ProcessId));
    }

    /// <summary>The links of a started object.</summary>
    /// <param name="obj">The object.</param>
    public static IReadOnlyList<BpfLink> Of(BpfObject obj)
    {
        var context = new LinkContext();
        var links = SessionLinks.Of(obj).Select(link =>
        {
            using var fd = FileDescriptor.Duplicate(link.Descriptor);
            // On older kernels, a link of the perf subsystem has no id, and its descriptor cannot be queried.
            return BpfPin.KindOf(fd) == BpfPinKind.Link ? LinkDescriber.Describe(fd, context) : null;
        }).OfType<BpfLink>().ToArray();
        if (!obj.Links.Any(link => link.IsComposite))
        {
            return links;
        }
        // libbpf does not expose the links of composite attachments, so find them by program.
        var programs = obj.Programs.Select(program => program.Id).ToHashSet();
        return [.. links, .. All(context).Where(link => programs.Contains(link.ProgramId) && !links.Any(known => known.Id == link.Id))];
    }

    /// <summary>
    /// Lists every attached program: first the kernel's links, sorted by id, then attachments without a link to interfaces, network
    /// namespaces, cgroups, maps of sockets and perf events. Attachments that disappear in the meantime are skipped.
    /// </summary>
    /// <exception cref="BpfException">The user lacks permission.</exception>
    public static IReadOnlyList<BpfLink> List()
    {
        LibBpfLibrary.Require();
        var context = new LinkContext();
        _ = context.Interfaces; // Read these before the links, or a link created in between would look like an attachment without one.
        var links = All(context);
        return [.. links, .. Attachments.WithoutLink(links, context)];
    }

    private static List<BpfLink> All(LinkContext context)
    {
        var links = new List<BpfLink>();
        foreach (var id in KernelObjects.LinkIds())
        {
            try
            {
                using var fd = KernelObjects.OpenLink(id);
                links.Add(LinkDescriber.Describe(fd, context));
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
        }
        return links;
    }

    /// <summary>Pins the link, so that its program stays attached without any process.</summary>
    /// <param name="path">A path in bpffs; a relative one starts at its root. Missing directories are created, accessible to root
    /// only.</param>
    /// <param name="force">Whether to replace the pin of another link at this path. This detaches the other link's program if nothing
    /// else holds that link.</param>
    /// <param name="access">The pin's owner and permissions; null to give access only to the user that creates it.</param>
    /// <exception cref="BpfException">It is not a link, the path is outside bpffs or already in use, the link no longer exists, or the
    /// user lacks permission.</exception>
    public BpfPin Pin(string path, bool force = false, BpfPinAccess? access = null)
    {
        using var fd = KernelObjects.OpenLink(Id ?? throw new BpfException(BpfErrorKind.InvalidArgument,
            $"{this} cannot be pinned because it has no link.",
            new("It stays attached without a pin until it is detached.", BpfAdvice.Detach)));
        return PinMaker.Create(fd, path, BpfPinKind.Link, force, access);
    }

    /// <summary>Detaches the program and removes the link's pins.</summary>
    /// <exception cref="BpfException">The program is no longer attached, the kernel cannot detach it and other processes hold it, or
    /// the user lacks permission.</exception>
    public void Remove() => LinkRemover.Remove(this);

    /// <summary>The program's name, the type, the id and the attach point.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{VisibleText.Escape(ProgramName)} ({Type}{(Id is { } id ? $", id {id}" : "")})"
            + $"{(Target.Length > 0 ? $" on {VisibleText.Escape(Target)}" : "")}");
}
