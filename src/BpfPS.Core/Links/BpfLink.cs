using System.Globalization;
using BpfPS.Host;
using BpfPS.Links;
using BpfPS.Native;
using BpfPS.Pins;

namespace BpfPS;

/// <summary>
/// What keeps a program attached: a link, or an attachment that has none, such as an XDP program that was put on an interface by netlink.
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
    /// What a program is set on by a perf event, with a link or without: then it lasts as long as these processes hold the event.
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

    /// <summary>Its id in the kernel; null for what is attached without a link.</summary>
    public uint? Id { get; }

    /// <summary>
    /// Whether it is a link. What is attached without one stays until somebody takes it off, and no process or pin holds it; only
    /// perf events go with their processes.
    /// </summary>
    public bool HasLink => Id is not null;

    /// <summary>Its type in libbpf's words, such as "tracing" or "xdp"; "tc" for a filter of traffic control.</summary>
    public string Type { get; }

    /// <summary>
    /// The kind of attachment in libbpf's words, such as "cgroup_inet_egress"; of a perf event "uprobe", "kretprobe",
    /// "tracepoint" and so on.
    /// </summary>
    public string AttachType { get; internal init; } = "";

    /// <summary>What it is attached to, in one readable string.</summary>
    public string Target { get; internal init; } = "";

    /// <summary>
    /// Whether somebody has detached it by command: such a link does nothing any more, and stays only because a pin or process
    /// holds it.
    /// </summary>
    public bool IsDetached { get; internal init; }

    /// <summary>The id of the program that it attaches.</summary>
    public uint ProgramId { get; }

    /// <summary>The program's name; empty when the program cannot be asked.</summary>
    public string ProgramName { get; }

    /// <summary>
    /// The network interface; null where none is concerned, or where none in a namespace that can be looked into has the program.
    /// </summary>
    public string? Interface { get; internal init; }

    /// <summary>The interface's index in its network namespace.</summary>
    public uint? InterfaceIndex { get; internal init; }

    /// <summary>
    /// The network namespace: its name in /run/netns, or a process in it; null for the one of this process and where none is
    /// concerned.
    /// </summary>
    public string? NetworkNamespace { get; internal init; }

    /// <summary>The network namespace's inode, as "ls -l /proc/PID/ns/net" shows it.</summary>
    public uint? NetworkNamespaceInode { get; internal init; }

    /// <summary>How an XDP program runs: "native", "generic" or "offload".</summary>
    public string? Mode { get; internal init; }

    /// <summary>How many programs of the same hook run before it, of tcx, netkit and cgroups.</summary>
    public int? Position { get; internal init; }

    /// <summary>The priority of a netfilter program or of a filter of traffic control: lower ones run first.</summary>
    public int? Priority { get; internal init; }

    /// <summary>The handle of a filter of traffic control.</summary>
    public uint? Handle { get; internal init; }

    /// <summary>Whether what a filter of traffic control returns decides about the packet.</summary>
    public bool? IsDirectAction { get; internal init; }

    /// <summary>The cgroup's path; null where none is concerned, or where the cgroup file system does not show it.</summary>
    public string? Cgroup { get; internal init; }

    /// <summary>The cgroup's id.</summary>
    public ulong? CgroupId { get; internal init; }

    /// <summary>
    /// What cgroups below may do: "multi" (add theirs), "override" (have theirs instead) or "" (nothing). Null where no cgroup is
    /// concerned, and for links, which are always "multi".
    /// </summary>
    public string? CgroupMode { get; internal init; }

    /// <summary>The function of a kprobe, fentry, fexit or fmod_ret program, or the hook of an LSM program, as sections name it.</summary>
    public string? Function { get; internal init; }

    /// <summary>The functions of a program that is attached to several.</summary>
    public IReadOnlyList<string> Functions { get; internal init; } = [];

    /// <summary>The tracepoint or raw tracepoint.</summary>
    public string? Tracepoint { get; internal init; }

    /// <summary>The file that a uprobe is in.</summary>
    public string? Binary { get; internal init; }

    /// <summary>Where in the function or in the file, in bytes.</summary>
    public ulong? Offset { get; internal init; }

    /// <summary>The places in the file of a program that is attached to several, in bytes.</summary>
    public IReadOnlyList<ulong> Offsets { get; internal init; } = [];

    /// <summary>Whether a kprobe's or uprobe's program runs when the function returns, instead of when it is called.</summary>
    public bool? IsReturn { get; internal init; }

    /// <summary>The process that it is limited to.</summary>
    public int? ProcessId { get; internal init; }

    /// <summary>The event that is counted or sampled, in the words of perf.</summary>
    public string? PerfEvent { get; internal init; }

    /// <summary>What an iterator goes through: "task", "bpf_map_elem".</summary>
    public string? Iterator { get; internal init; }

    /// <summary>The map of an iterator, of socket programs, or of operations (struct_ops).</summary>
    public uint? MapId { get; internal init; }

    /// <summary>The program that this one replaces a function of, or traces.</summary>
    public uint? TargetProgramId { get; internal init; }

    /// <summary>The number that whoever attached it gave the program along.</summary>
    public ulong? Cookie { get; internal init; }

    /// <summary>The first of its pins; null for none.</summary>
    public string? Path => Pins.Count > 0 ? Pins[0] : null;

    /// <summary>Its pins below /sys/fs/bpf.</summary>
    public IReadOnlyList<string> Pins => _pins?.Value ?? [];

    /// <summary>The processes that hold it open by a descriptor.</summary>
    public IReadOnlyList<BpfHolder> Processes => _processes?.Value ?? [];

    internal uint AttachTypeNumber { get; init; }

    internal NetworkNamespace? Space { get; init; }

    internal TrafficFilter? Filter { get; init; }

    /// <summary>The link with that id.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="BpfException">There is none, or the user may not.</exception>
    public static BpfLink FromId(uint id)
    {
        LibBpfLibrary.Require();
        using var fd = KernelObjects.OpenLink(id);
        return LinkDescriber.Describe(fd, new LinkContext());
    }

    /// <summary>The link that is pinned at a path.</summary>
    /// <param name="path">A path in bpffs.</param>
    /// <exception cref="BpfException">There is no pin, it is not a link's, or the user may not.</exception>
    public static BpfLink FromPin(string path)
    {
        using var fd = BpfPin.OpenDescriptor(path, BpfPinKind.Link);
        return LinkDescriber.Describe(fd, new LinkContext());
    }

    /// <summary>The links of a started object.</summary>
    /// <param name="obj">The object.</param>
    public static IReadOnlyList<BpfLink> Of(BpfObject obj)
    {
        var context = new LinkContext();
        var links = SessionLinks.Of(obj).Select(link =>
        {
            using var fd = FileDescriptor.Duplicate(link.Descriptor);
            // A link of the perf subsystem has no id of its own on older kernels, and so no descriptor that can be asked.
            return BpfPin.KindOf(fd) == BpfPinKind.Link ? LinkDescriber.Describe(fd, context) : null;
        }).OfType<BpfLink>().ToArray();
        if (!obj.Links.Any(link => link.IsComposite))
        {
            return links;
        }
        // Those of its programs that nobody hands out.
        var programs = obj.Programs.Select(program => program.Id).ToHashSet();
        return [.. links, .. All(context).Where(link => programs.Contains(link.ProgramId) && !links.Any(known => known.Id == link.Id))];
    }

    /// <summary>
    /// Everything that is attached: the kernel's links in the order of their ids, then what is attached without one to
    /// interfaces, network namespaces,
    /// cgroups, maps of sockets and perf events. What goes away meanwhile is left out.
    /// </summary>
    /// <exception cref="BpfException">The user may not.</exception>
    public static IReadOnlyList<BpfLink> List()
    {
        LibBpfLibrary.Require();
        var context = new LinkContext();
        _ = context.Interfaces; // before the links: what comes meanwhile would look like an attachment that has none
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

    /// <summary>The path of a cgroup as a person says it; a relative one counts from where the cgroups are mounted.</summary>
    /// <param name="path">A path.</param>
    public static string CgroupPath(string path) =>
        System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path.Replace("\0", "", StringComparison.Ordinal),
        CgroupTree.Root ?? "/sys/fs/cgroup"));

    /// <summary>Fails when no network namespace that can be looked into has an interface of that name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="BpfException">There is none.</exception>
    public static void RequireInterface(string name) => LinkPlaces.RequireInterface(name);

    /// <summary>Fails when there is no cgroup at a path.</summary>
    /// <param name="path">The path; a relative one counts from where the cgroups are mounted.</param>
    /// <exception cref="BpfException">There is none.</exception>
    public static void RequireCgroup(string path) => LinkPlaces.RequireCgroup(CgroupPath(path));

    /// <summary>Pins the link, so that its program stays attached without any process.</summary>
    /// <param name="path">A path in bpffs; a relative one counts from its root. Missing directories are made, for root only.</param>
    /// <param name="force">Whether the pin of another link that is there is replaced, which detaches that one if nothing else
    /// holds it.</param>
    /// <param name="access">Whose the pin is and who may use it; null for the user that makes it alone.</param>
    /// <exception cref="BpfException">It is no link, the path lies outside of bpffs or is taken, the link has gone, or the user
    /// may not.</exception>
    public BpfPin Pin(string path, bool force = false, BpfPinAccess? access = null)
    {
        using var fd = KernelObjects.OpenLink(Id ?? throw new BpfException(BpfErrorKind.InvalidArgument,
            $"{this} has no link that could be pinned.", new("It stays attached without one, until it is taken off.", BpfAdvice.Detach)));
        return PinMaker.Create(fd, path, BpfPinKind.Link, force, access);
    }

    /// <summary>Takes the program off, and removes the link's pins.</summary>
    /// <exception cref="BpfException">It has gone or is another one meanwhile, the kernel cannot detach it and others hold it, or
    /// the user may not.</exception>
    public void Remove() => LinkRemover.Remove(this);

    /// <summary>The program's name, the type, the id and what it is attached to.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{VisibleText.Escape(ProgramName)} ({Type}{(Id is { } id ? $", id {id}" : "")}){(Target.Length > 0 ? $" on {VisibleText.Escape(Target)}" : "")}");
}
