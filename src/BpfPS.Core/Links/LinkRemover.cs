using System.Diagnostics;
using System.Globalization;
using BpfPS.Native;
using BpfPS.Pins;

namespace BpfPS.Links;

/// <summary>
/// Detaches programs. Links are detached explicitly if the kernel supports it, otherwise by releasing everything that holds them.
/// Attachments without a link are removed with the call for their attach point.
/// </summary>
// unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
internal static unsafe class LinkRemover
{
    // The kernel frees a link a little after its last holder releases it.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>Detaches a program.</summary>
    /// <exception cref="BpfException">It is no longer attached, other processes hold it, or the user lacks permission.</exception>
    public static void Remove(BpfLink link)
    {
        LibBpfLibrary.Require();
        if (link.Id is { } id)
        {
            RemoveLink(link, id);
            return;
        }
        if (link.Type == "perf_event")
        {
            throw Held(link, link.Processes);
        }
        var operation = $"Detaching {link}";
        using var program = KernelObjects.OpenProgram(link.ProgramId);
        switch (link.Type)
        {
            case "xdp":
                link.Space!.Run(() => DetachXdp(link, program, operation));
                break;
            case "tc":
                link.Space!.Run(() => DeleteFilter(link, link.Filter!.Value, operation));
                break;
            case "tcx" or "netkit":
                link.Space!.Run(() => Detach(link, program, (int)link.InterfaceIndex!.Value,
                    ProgramQuery.OfInterface(link.InterfaceIndex.Value, link.AttachTypeNumber), operation));
                break;
            case "netns":
                // The kernel detaches it from the caller's namespace and expects no target descriptor.
                link.Space!.Run(() => Errors.ThrowIfNegative(LibBpf.bpf_prog_detach2(program, 0, link.AttachTypeNumber), operation));
                break;
            default:
                using (var target = link.MapId is { } map ? KernelObjects.OpenMap(map) : OpenCgroup(link))
                {
                    Detach(link, program, target.Number, ProgramQuery.OfDescriptor(target, link.AttachTypeNumber), operation);
                }
                break;
        }
    }

    private static void RemoveLink(BpfLink link, uint id)
    {
        using var fd = KernelObjects.OpenLink(id);
        var pins = link.Pins;
        if (!link.IsDetached)
        {
            var result = LibBpf.bpf_link_detach(fd);
            if (result is -(int)BpfErrno.EOPNOTSUPP or -(int)BpfErrno.ENOTSUPP)
            {
                fd.Dispose(); // Otherwise this descriptor would hold the link too.
                LetGo(link, id);
                return;
            }
            Errors.ThrowIfNegative(result, $"Detaching {link}");
        }
        Unpin(pins);
    }

    /// <summary>Ends a link that the kernel cannot detach explicitly: the kernel frees it with its last pin and descriptor.</summary>
    private static void LetGo(BpfLink link, uint id)
    {
        var now = BpfLink.FromId(id);
        var others = now.Processes.Where(holder => holder.ProcessId != Environment.ProcessId).ToArray();
        if (others.Length > 0)
        {
            throw Held(link, others);
        }
        Unpin(now.Pins);
        foreach (var handle in SessionLinks.Find(id))
        {
            handle.Dispose();
        }
        var watch = Stopwatch.StartNew();
        while (IsThere(id))
        {
            if (watch.Elapsed > s_patience)
            {
                throw Held(link, BpfLink.FromId(id).Processes);
            }
            Thread.Sleep(5);
        }
    }

    private static BpfException Held(BpfLink link, IReadOnlyList<BpfHolder> holders)
    {
        var who = holders.Count > 0
            ? $"{string.Join(", ", holders)} {(holders.Count == 1 ? "holds" : "hold")} it"
            : "a process that this user may not inspect holds it";
        var kind = $"A {link.Type} {(link.HasLink ? "link" : "program")}";
        return new BpfException(BpfErrorKind.NotSupported,
            string.Create(CultureInfo.InvariantCulture,
                $"{link} cannot be detached. {kind} stays attached until every process that holds it closes it, and {who}."),
            holders.Any(holder => holder.ProcessId == Environment.ProcessId)
                ? "Stop the object in this process that uses it, or end this process."
                : "End that process, or let it close the link.",
            (int)BpfErrno.EOPNOTSUPP);
    }

    private static bool IsThere(uint id)
    {
        using var fd = new FileDescriptor(LibBpf.bpf_link_get_fd_by_id(id));
        return !fd.IsInvalid;
    }

    private static void Unpin(IReadOnlyList<string> pins)
    {
        foreach (var pin in pins)
        {
            PinRemover.Remove(pin);
        }
    }

    private static int DetachXdp(BpfLink link, FileDescriptor program, string operation)
    {
        const uint generic = 1 << 1, native = 1 << 2, offload = 1 << 3; // XDP_FLAGS_ in linux/if_link.h
        var index = link.InterfaceIndex!.Value;
        if (!NetworkPlace.XdpOf(index).Contains((link.Mode!, link.ProgramId)))
        {
            throw Gone(link);
        }
        // The kernel compares again, so that it detaches only this program.
        var options = new XdpAttachOptions { Size = (nuint)sizeof(XdpAttachOptions), OldProgramDescriptor = program.Number };
        var flags = link.Mode switch { "generic" => generic, "offload" => offload, _ => native };
        var result = LibBpf.bpf_xdp_detach((int)index, flags, &options);
        return result >= 0 ? result : throw Privileges.OfNetworks(operation, -result);
    }

    private static bool DeleteFilter(BpfLink link, TrafficFilter filter, string operation)
    {
        if (!TrafficFilters.List(filter.InterfaceIndex, filter.Parent).Contains(filter))
        {
            throw Gone(link);
        }
        TrafficFilters.Delete(filter, operation);
        return true;
    }

    private static int Detach(BpfLink link, FileDescriptor program, int target, IReadOnlyList<AttachedProgram> attached,
        string operation) =>
        attached.Any(other => other.ProgramId == link.ProgramId)
            ? Errors.ThrowIfNegative(LibBpf.bpf_prog_detach2(program, target, link.AttachTypeNumber), operation)
            : throw Gone(link);

    private static FileDescriptor OpenCgroup(BpfLink link)
    {
        var fd = new FileDescriptor(Libc.open(link.Cgroup!, Libc.OpenReadOnly | Libc.OpenCloseOnExec));
        // Someone may have created another cgroup with this name in the meantime.
        return !fd.IsInvalid && FileOwner.StatusOf(link.Cgroup!).Inode == link.CgroupId ? fd : throw Gone(link);
    }

    private static BpfException Gone(BpfLink link) =>
        new(BpfErrorKind.Vanished, $"{link} is no longer attached.", BpfRemedy.To(BpfAdvice.ListLinks));
}
