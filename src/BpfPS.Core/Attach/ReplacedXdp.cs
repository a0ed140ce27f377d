using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>The XDP programs that were detached from an interface to make room, kept until it is certain that the new one stays.</summary>
// unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
internal sealed unsafe class ReplacedXdp : IDisposable
{
    private const uint OnlyIfEmpty = 1; // XDP_FLAGS_UPDATE_IF_NOEXIST

    private readonly uint _index;
    private readonly List<(FileDescriptor Program, uint Mode)> _programs = [];

    private ReplacedXdp(uint index) => _index = index;

    /// <summary>Detaches every XDP program of an interface, with or without a link.</summary>
    public static ReplacedXdp DetachAll(uint index)
    {
        var replaced = new ReplacedXdp(index);
        var there = new XdpQueryOptions { Size = (nuint)sizeof(XdpQueryOptions) };
        if (LibBpf.bpf_xdp_query((int)index, 0, &there) != 0)
        {
            return replaced; // Attaching reports the error.
        }
        replaced.Keep(there.NativeProgramId, BpfXdpMode.Native);
        replaced.Keep(there.GenericProgramId, BpfXdpMode.Generic);
        replaced.Keep(there.OffloadProgramId, BpfXdpMode.Offload);
        DetachLinks(index, there);
        // Programs attached with "ip link set dev ... xdp": the kernel detaches them only if the mode is right, so try each.
        foreach (var mode in (BpfXdpMode[])[BpfXdpMode.Generic, BpfXdpMode.Native, BpfXdpMode.Offload])
        {
            _ = LibBpf.bpf_xdp_detach((int)index, (uint)mode, null);
        }
        return replaced;
    }

    /// <summary>Attaches the previous programs again, always without a link: a detached link cannot be attached again.</summary>
    public void PutBack()
    {
        foreach (var (program, mode) in _programs.Where(kept => !kept.Program.IsClosed))
        {
            _ = LibBpf.bpf_xdp_attach((int)_index, program.Number, mode | OnlyIfEmpty, null);
        }
        Dispose();
    }

    /// <summary>Releases the previous programs.</summary>
    public void Dispose() => _programs.ForEach(kept => kept.Program.Dispose());

    private void Keep(uint id, BpfXdpMode mode)
    {
        if (id == 0)
        {
            return;
        }
        try
        {
            _programs.Add((KernelObjects.OpenProgram(id), (uint)mode));
        }
        catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
        {
            // It was unloaded in the meantime.
        }
    }

    private static void DetachLinks(uint index, XdpQueryOptions there)
    {
        foreach (var id in KernelObjects.LinkIds())
        {
            try
            {
                using var link = KernelObjects.OpenLink(id);
                var info = KernelObjects.GetLinkInfo(link);
                // Link information does not include the network namespace, and other namespaces may use the same interface index.
                if (TypeNames.Link(info.Type) == "xdp" && info.InterfaceIndex == index
                    && (info.ProgramId == there.NativeProgramId || info.ProgramId == there.GenericProgramId
                        || info.ProgramId == there.OffloadProgramId))
                {
                    _ = LibBpf.bpf_link_detach(link);
                }
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
        }
    }
}
