using BpfPS.Native;

namespace BpfPS;

/// <summary>XDP: the first to see what an interface receives. Attached by a link, so that it goes with its process.</summary>
internal sealed class XdpHook : ProgramHook
{
    public override bool Takes(ProgramToAttach program) => program.Type == "xdp" && program.Section is not ("xdp/devmap" or "xdp.frags/devmap" or "xdp/cpumap" or "xdp.frags/cpumap");

    public override void Check(ProgramToAttach program)
    {
        NetworkInterfaces.Of(program);
        // With -Replace the second would take the place of the first.
        var others = program.File.Programs().Where(other => other != program.Pointer && LibBpf.bpf_program__autoload(other)).Select(other => new ProgramToAttach(other, program.File, program.Options)).Where(Takes).ToArray();
        if (others.Length > 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"{program.Operation}: an interface has one XDP program, and the object has {others.Length + 1}: {RecordText.Escape(string.Join(", ", others.Select(other => other.Name).Prepend(program.Name)))}.", "Choose one with -Program.");
        }
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        foreach (var target in NetworkInterfaces.Of(program))
        {
            if (program.Options.Replace)
            {
                DetachAll(target.Index);
            }
            var result = program.CreateLink(target.Index, (uint)program.Options.XdpMode, request => request with { AttachType = AttachTypes.Xdp });
            if (result < 0)
            {
                throw HookErrors.From(program, result, $"interface {target.Name}");
            }
            yield return new DescriptorAttachment(new FileDescriptor(result), NetworkInterfaces.Suffix(target));
        }
    }

    /// <summary>Detaches what is on an interface, whether by a link or without.</summary>
    private static unsafe void DetachAll(uint index)
    {
        var there = new XdpQueryOptions { Size = (nuint)sizeof(XdpQueryOptions) };
        if (LibBpf.bpf_xdp_query((int)index, 0, &there) != 0)
        {
            return; // attaching will say what is wrong
        }
        foreach (var id in KernelObjects.LinkIds())
        {
            try
            {
                using var link = KernelObjects.OpenLink(id);
                var info = KernelObjects.GetLinkInfo(link);
                // A link does not tell its network namespace, and other namespaces have interfaces of the same index.
                if (TypeNames.Link(info.Type) == "xdp" && info.InterfaceIndex == index
                    && (info.ProgramId == there.NativeProgramId || info.ProgramId == there.GenericProgramId || info.ProgramId == there.OffloadProgramId))
                {
                    _ = LibBpf.bpf_link_detach(link);
                }
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
        }
        // What "ip link set dev ... xdp" made: the kernel wants to be told the mode that it is in.
        foreach (var mode in (BpfXdpMode[])[BpfXdpMode.Generic, BpfXdpMode.Native, BpfXdpMode.Offload])
        {
            _ = LibBpf.bpf_xdp_detach((int)index, (uint)mode, null);
        }
    }
}
