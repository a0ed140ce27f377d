namespace BpfPS.Attach;

/// <summary>
/// Programs that are not attached: they run on request (syscall), are attached by other tools (lwt: 'ip route ... encap bpf'), or
/// run as entries of a map.
/// </summary>
internal sealed class UnattachedHook : ProgramHook
{
    public override bool Takes(ProgramToAttach program) => program.Type is "syscall" or "struct_ops" or "lwt_in" or "lwt_out" or "lwt_xmit"
        or "lwt_seg6local" || program.Section is "xdp/devmap" or "xdp.frags/devmap" or "xdp/cpumap" or "xdp.frags/cpumap";

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => [];

    public override IEnumerable<Attachment> Attach(ProgramToAttach program) => [];
}
