using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Stacks;

namespace BpfPS.Links;

/// <summary>Translates the kernel's numbers about a link into names.</summary>
// unsafe: the buffers for names and addresses are local, and their real lengths are passed to the kernel.
internal static unsafe class LinkDescriber
{
    private const uint RawTracepoint = 1; // enum bpf_link_type
    private const uint Tracing = 2;
    private const uint Cgroup = 3;
    private const uint Iterator = 4;
    private const uint NetworkNamespaceLink = 5;
    private const uint Xdp = 6;
    private const uint PerfEvent = 7;
    private const uint KprobeMulti = 8;
    private const uint StructOps = 9;
    private const uint Netfilter = 10;
    private const uint Tcx = 11;
    private const uint UprobeMulti = 12;
    private const uint Netkit = 13;
    private const uint SocketMap = 14;
    private const uint MultiReturn = 1; // BPF_F_KPROBE_MULTI_RETURN and BPF_F_UPROBE_MULTI_RETURN
    private const string Detached = "(detached)";
    private const int ShownPlaces = 3;

    /// <summary>Describes a link.</summary>
    /// <param name="fd">The link.</param>
    /// <param name="context">The context of the listing.</param>
    /// <exception cref="BpfException">The kernel returned an error.</exception>
    public static BpfLink Describe(FileDescriptor fd, LinkContext context)
    {
        var info = KernelObjects.GetLinkInfo(fd);
        return info.Type switch
        {
            RawTracepoint => OfRawTracepoint(fd, info, context),
            Tracing => OfTracing(info, context),
            Cgroup => OfCgroup(info, context),
            Iterator => IteratorLinks.Describe(fd, info, context),
            NetworkNamespaceLink => OfNetworkNamespace(info, context),
            Xdp => OfXdp(info, context),
            PerfEvent => PerfLinks.Describe(fd, info, context),
            KprobeMulti => OfKprobes(fd, info, context),
            StructOps => New(info, context, AttachTypes.StructOps, MapText(info.MapId), mapId: info.MapId),
            Netfilter => OfNetfilter(info, context),
            Tcx or Netkit => OfOrdered(info, context),
            UprobeMulti => OfUprobes(fd, info, context),
            SocketMap => New(info, context, info.MapAttachType, MapText(info.MapId), mapId: info.MapId),
            _ => new BpfLink(info.Id, info.ProgramId, TypeNames.Link(info.Type), context),
        };
    }

    /// <summary>The target text for a map: its name and id.</summary>
    public static string MapText(uint id)
    {
        if (id == 0)
        {
            return Detached;
        }
        try
        {
            using var fd = KernelObjects.OpenMap(id);
            var info = KernelObjects.GetMapInfo(fd);
            return string.Create(CultureInfo.InvariantCulture, $"map {KernelObjects.NameOf(info.Name, 16)} (id {id})");
        }
        catch (BpfException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"map {id}");
        }
    }

    /// <summary>The target text for an interface: its name, and its namespace if it is not that of this process.</summary>
    public static string InterfaceText(NetworkPlace place) =>
        place.Namespace.Name is { } name ? $"{place.Name} in netns {name}" : place.Name;

    private static BpfLink New(LinkInfo info, LinkContext context, uint attachType, string target, uint? mapId = null) =>
        new(info.Id, info.ProgramId, TypeNames.Link(info.Type), context)
    {
        AttachType = TypeNames.Attachment(attachType),
        AttachTypeNumber = attachType,
        Target = target,
        MapId = mapId,
        IsDetached = target == Detached,
    };

    private static BpfLink OfRawTracepoint(FileDescriptor fd, LinkInfo info, LinkContext context)
    {
        const int room = 256;
        var buffer = stackalloc byte[room];
        var request = new LinkInfo { RawTracepointName = (ulong)buffer, RawTracepointNameLength = room };
        var name = KernelObjects.TryFillLinkInfo(fd, ref request) ? KernelObjects.NameOf(buffer, room) : "";
        return new BpfLink(info.Id, info.ProgramId, TypeNames.Link(info.Type), context)
        {
            AttachType = TypeNames.Attachment(23), // BPF_TRACE_RAW_TP
            Target = name,
            Tracepoint = name,
            Cookie = NonZero(info.RawTracepointCookie),
        };
    }

    private static BpfLink OfTracing(LinkInfo info, LinkContext context)
    {
        var (function, targetProgram) = TracingTarget.Of(info);
        return new BpfLink(info.Id, info.ProgramId, TypeNames.Link(info.Type), context)
        {
            AttachType = TypeNames.Attachment(info.TracingAttachType),
            Target = targetProgram is { } id
                ? string.Create(CultureInfo.InvariantCulture, $"{function ?? "?"} of program {context.ProgramName(id)} (id {id})")
                : function ?? "",
            Function = function,
            TargetProgramId = targetProgram,
            Cookie = NonZero(info.TracingCookie),
        };
    }

    private static BpfLink OfCgroup(LinkInfo info, LinkContext context)
    {
        var path = context.Cgroups.GetValueOrDefault(info.CgroupId);
        var function = info.CgroupAttachType == AttachTypes.LsmCgroup ? TracingTarget.OfProgram(info.ProgramId) : null;
        var place = path ?? (info.CgroupId == 0 ? Detached : string.Create(CultureInfo.InvariantCulture, $"cgroup {info.CgroupId}"));
        return new BpfLink(info.Id, info.ProgramId, TypeNames.Link(info.Type), context)
        {
            AttachType = TypeNames.Attachment(info.CgroupAttachType),
            AttachTypeNumber = info.CgroupAttachType,
            Target = function is null ? place : $"{function} in {place}",
            Cgroup = path,
            CgroupId = info.CgroupId == 0 ? null : info.CgroupId,
            Function = function,
            IsDetached = info.CgroupId == 0,
        };
    }

    private static BpfLink OfNetworkNamespace(LinkInfo info, LinkContext context)
    {
        var inode = info.NetworkNamespaceInode;
        var space = context.Namespaces.FirstOrDefault(space => space.Inode == inode);
        return new BpfLink(info.Id, info.ProgramId, TypeNames.Link(info.Type), context)
        {
            AttachType = TypeNames.Attachment(info.NetworkNamespaceAttachType),
            AttachTypeNumber = info.NetworkNamespaceAttachType,
            Target = inode == 0 ? Detached : Attachments.NamespaceText(inode, space?.Name),
            NetworkNamespace = space?.Name,
            NetworkNamespaceInode = inode == 0 ? null : inode,
            IsDetached = inode == 0,
        };
    }

    private static BpfLink OfXdp(LinkInfo info, LinkContext context)
    {
        var found = info.InterfaceIndex == 0 ? null : context.FindXdp(info.InterfaceIndex, info.ProgramId);
        return OnInterface(info, context, AttachTypes.Xdp, found?.Place, mode: found?.Mode);
    }

    private static BpfLink OfOrdered(LinkInfo info, LinkContext context)
    {
        var found = info.InterfaceIndex == 0 ? null : context.FindOrdered(info.Id, info.InterfaceAttachType);
        return OnInterface(info, context, info.InterfaceAttachType, found?.Place, position: found?.Position);
    }

    private static BpfLink OnInterface(LinkInfo info, LinkContext context, uint attachType, NetworkPlace? place, string? mode = null,
        int? position = null) =>
        new(info.Id, info.ProgramId, TypeNames.Link(info.Type), context)
        {
            AttachType = TypeNames.Attachment(attachType),
            AttachTypeNumber = attachType,
            Target = place is not null ? InterfaceText(place)
                : info.InterfaceIndex == 0 ? Detached
                    : string.Create(CultureInfo.InvariantCulture, $"interface {info.InterfaceIndex} of another network namespace"),
            Interface = place?.Name,
            InterfaceIndex = info.InterfaceIndex == 0 ? null : info.InterfaceIndex,
            NetworkNamespace = place?.Namespace.Name,
            NetworkNamespaceInode = place?.Namespace.Inode,
            Space = place?.Namespace,
            Mode = mode,
            Position = position,
            IsDetached = info.InterfaceIndex == 0,
        };

    private static BpfLink OfNetfilter(LinkInfo info, LinkContext context) =>
        new(info.Id, info.ProgramId, TypeNames.Link(info.Type), context)
    {
        AttachType = TypeNames.Attachment(AttachTypes.Netfilter),
        AttachTypeNumber = AttachTypes.Netfilter,
        Target = $"{NetfilterNames.Family(info.NetfilterFamily)} {NetfilterNames.Hook(info.NetfilterHook)} "
            + $"priority {NetfilterNames.Priority(info.NetfilterPriority)}",
        Priority = info.NetfilterPriority,
    };

    private static BpfLink OfKprobes(FileDescriptor fd, LinkInfo info, LinkContext context)
    {
        var addresses = new ulong[Math.Max(info.KprobeCount, 1)];
        fixed (ulong* buffer = addresses)
        {
            var request = new LinkInfo { KprobeAddresses = (ulong)buffer, KprobeCount = (uint)addresses.Length };
            _ = KernelObjects.TryFillLinkInfo(fd, ref request);
        }
        var functions = addresses.Where(address => address != 0)
            .Select(address => KernelSymbols.Shared.Resolve(address).Function
                ?? string.Create(CultureInfo.InvariantCulture, $"0x{address:x}"))
            .Order(StringComparer.Ordinal).ToArray();
        return new BpfLink(info.Id, info.ProgramId, TypeNames.Link(info.Type), context)
        {
            AttachType = TypeNames.Attachment(AttachTypes.KprobeMulti),
            AttachTypeNumber = AttachTypes.KprobeMulti,
            IsReturn = (info.KprobeFlags & MultiReturn) != 0,
            Target = functions.Length > 0
                ? Several(functions)
                : string.Create(CultureInfo.InvariantCulture, $"{info.KprobeCount} functions"),
            Function = functions.Length == 1 ? functions[0] : null,
            Functions = functions,
        };
    }

    private static BpfLink OfUprobes(FileDescriptor fd, LinkInfo info, LinkContext context)
    {
        const int room = 4096; // PATH_MAX
        var path = stackalloc byte[room];
        path[0] = 0;
        var offsets = new ulong[Math.Max(info.UprobeCount, 1)];
        fixed (ulong* buffer = offsets)
        {
            var request = new LinkInfo { UprobePath = (ulong)path, UprobePathSize = room, UprobeOffsets = (ulong)buffer,
                UprobeCount = (uint)offsets.Length };
            _ = KernelObjects.TryFillLinkInfo(fd, ref request);
        }
        var binary = KernelObjects.NameOf(path, room);
        return new BpfLink(info.Id, info.ProgramId, TypeNames.Link(info.Type), context)
        {
            AttachType = TypeNames.Attachment(AttachTypes.UprobeMulti),
            AttachTypeNumber = AttachTypes.UprobeMulti,
            IsReturn = (info.UprobeFlags & MultiReturn) != 0,
            Target = $"{binary} at "
                + Several(offsets.Select(offset => string.Create(CultureInfo.InvariantCulture, $"0x{offset:x}")).ToArray()),
            Binary = binary,
            Offset = offsets.Length == 1 ? offsets[0] : null,
            Offsets = offsets,
            ProcessId = info.UprobeProcessId == 0 ? null : (int)info.UprobeProcessId,
        };
    }

    private static string Several(string[] places) => places.Length <= ShownPlaces ? string.Join(", ", places)
        : string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(", ", places.Take(ShownPlaces))} and {places.Length - ShownPlaces} more");

    private static ulong? NonZero(ulong number) => number == 0 ? null : number;
}
