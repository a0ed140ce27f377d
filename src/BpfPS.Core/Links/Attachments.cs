using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>
/// Finds programs that are attached without a link. Such attachments have no id, so every possible attach point is queried.
/// </summary>
internal static class Attachments
{
    private const uint SockMap = 15; // BPF_MAP_TYPE_SOCKMAP
    private const uint SockHash = 18; // BPF_MAP_TYPE_SOCKHASH
    private const uint AllowOverride = 1; // BPF_F_ALLOW_OVERRIDE
    private const uint AllowMulti = 2; // BPF_F_ALLOW_MULTI

    /// <summary>Lists all attachments without a link.</summary>
    /// <param name="links">The kernel's links, to exclude the programs that they attach.</param>
    /// <param name="context">The context with which the links were described.</param>
    public static IEnumerable<BpfLink> WithoutLink(IReadOnlyList<BpfLink> links, LinkContext context) =>
        [.. OnInterfaces(context), .. OnNamespaces(links, context), .. OnCgroups(links, context), .. OnSocketMaps(links, context),
            .. PerfLinks.WithoutLink(links, context)];

    /// <summary>The target text for a network namespace.</summary>
    public static string NamespaceText(uint inode, string? name) =>
        string.Create(CultureInfo.InvariantCulture, $"netns {name ?? "of this process"} ({inode})");

    /// <summary>Lists the programs on network interfaces without a link.</summary>
    private static IEnumerable<BpfLink> OnInterfaces(LinkContext context)
    {
        foreach (var place in context.Interfaces)
        {
            foreach (var (mode, program) in place.Xdp.Where(xdp => !context.IsLinkedXdp(place, xdp.Mode)))
            {
                yield return OnInterface(place, program, "xdp", AttachTypes.Xdp, context, mode: mode);
            }
            foreach (var filter in place.Filters.Where(filter => filter.ProgramId != 0))
            {
                yield return OfFilter(place, filter, context);
            }
            foreach (var (attachType, programs) in place.Ordered)
            {
                for (var position = 0; position < programs.Count; position++)
                {
                    if (programs[position].LinkId == 0)
                    {
                        yield return OnInterface(place, programs[position].ProgramId,
                            attachType is AttachTypes.TcxIngress or AttachTypes.TcxEgress ? "tcx" : "netkit",
                            attachType, context, position: position);
                    }
                }
            }
        }
    }

    private static BpfLink OnInterface(NetworkPlace place, uint program, string type, uint attachType, LinkContext context,
        string? mode = null, int? position = null) =>
        new(null, program, type, context)
        {
            AttachType = TypeNames.Attachment(attachType),
            AttachTypeNumber = attachType,
            Target = LinkDescriber.InterfaceText(place),
            Interface = place.Name,
            InterfaceIndex = place.Index,
            NetworkNamespace = place.Namespace.Name,
            NetworkNamespaceInode = place.Namespace.Inode,
            Space = place.Namespace,
            Mode = mode,
            Position = position,
        };

    private static BpfLink OfFilter(NetworkPlace place, TrafficFilter filter, LinkContext context) =>
        new(null, filter.ProgramId, "tc", context)
    {
        AttachType = filter.Parent switch
        {
            TrafficFilters.Ingress => "clsact_ingress",
            TrafficFilters.Egress => "clsact_egress",
            _ => string.Create(CultureInfo.InvariantCulture, $"qdisc {filter.Parent >> 16:x}:"),
        },
        Target = LinkDescriber.InterfaceText(place),
        Interface = place.Name,
        InterfaceIndex = place.Index,
        NetworkNamespace = place.Namespace.Name,
        NetworkNamespaceInode = place.Namespace.Inode,
        Space = place.Namespace,
        Filter = filter,
        Priority = (int)filter.Priority,
        Handle = filter.Handle,
        IsDirectAction = filter.IsDirectAction,
    };

    private static IEnumerable<BpfLink> OnNamespaces(IReadOnlyList<BpfLink> links, LinkContext context)
    {
        foreach (var space in context.Namespaces)
        {
            using var fd = new FileDescriptor(Libc.open(space.Path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec));
            if (fd.IsInvalid)
            {
                continue; // it has gone
            }
            foreach (var attachType in AttachTypes.OfNetworkNamespaces)
            {
                var linked = links.Where(link =>
                    link.Type == "netns" && link.NetworkNamespaceInode == space.Inode && link.AttachTypeNumber == attachType);
                foreach (var (program, _) in Unlinked(ProgramQuery.OfDescriptor(fd, attachType), linked))
                {
                    yield return new BpfLink(null, program.ProgramId, "netns", context)
                    {
                        AttachType = TypeNames.Attachment(attachType),
                        AttachTypeNumber = attachType,
                        Target = NamespaceText(space.Inode, space.Name),
                        NetworkNamespace = space.Name,
                        NetworkNamespaceInode = space.Inode,
                        Space = space,
                    };
                }
            }
        }
    }

    private static IEnumerable<BpfLink> OnCgroups(IReadOnlyList<BpfLink> links, LinkContext context)
    {
        var linked = links.Where(link => link.Type == "cgroup").ToLookup(link => (link.CgroupId, link.AttachTypeNumber));
        foreach (var (id, path) in context.Cgroups)
        {
            using var fd = new FileDescriptor(Libc.open(path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec));
            if (fd.IsInvalid)
            {
                continue; // it has gone
            }
            foreach (var attachType in AttachTypes.OfCgroups)
            {
                foreach (var (program, position) in Unlinked(ProgramQuery.OfDescriptor(fd, attachType), linked[(id, attachType)]))
                {
                    yield return new BpfLink(null, program.ProgramId, "cgroup", context)
                    {
                        AttachType = TypeNames.Attachment(attachType),
                        AttachTypeNumber = attachType,
                        Target = path,
                        Cgroup = path,
                        CgroupId = id,
                        CgroupMode = (program.Flags & AllowMulti) != 0 ? "multi"
                            : (program.Flags & AllowOverride) != 0 ? "override" : "single",
                        Position = position,
                    };
                }
            }
        }
    }

    private static IEnumerable<BpfLink> OnSocketMaps(IReadOnlyList<BpfLink> links, LinkContext context)
    {
        foreach (var id in KernelObjects.MapIds())
        {
            FileDescriptor fd;
            try
            {
                fd = KernelObjects.OpenMap(id);
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
            using (fd)
            {
                if (KernelObjects.GetMapInfo(fd).Type is not (SockMap or SockHash))
                {
                    continue;
                }
                foreach (var attachType in AttachTypes.OfSocketMaps)
                {
                    var linked = links.Where(link => link.Type == "sockmap" && link.MapId == id && link.AttachTypeNumber == attachType);
                    foreach (var (program, _) in Unlinked(ProgramQuery.OfDescriptor(fd, attachType), linked))
                    {
                        yield return new BpfLink(null, program.ProgramId, "sockmap", context)
                        {
                            AttachType = TypeNames.Attachment(attachType),
                            AttachTypeNumber = attachType,
                            Target = LinkDescriber.MapText(id),
                            MapId = id,
                        };
                    }
                }
            }
        }
    }

    /// <summary>
    /// The programs at an attach point that no link there attaches. The same program can be there both with and without a link.
    /// </summary>
    private static (AttachedProgram Program, int Position)[] Unlinked(IReadOnlyList<AttachedProgram> programs,
        IEnumerable<BpfLink> links)
    {
        var kept = links.Select(link => link.ProgramId).ToList();
        return programs.Select((program, position) => (program, position)).Where(entry => !kept.Remove(entry.program.ProgramId)).ToArray();
    }
}
