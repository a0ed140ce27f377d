namespace BpfPS.Attach;

/// <summary>
/// Programs that nobody attaches: they are called by name (syscall), by other means (lwt: 'ip route ... encap bpf'), or by a map
/// they are put into.
/// </summary>
internal sealed class UnattachedHook : ProgramHook
{
    public override bool Takes(ProgramToAttach program) => program.Type is "syscall" or "struct_ops" or "lwt_in" or "lwt_out" or "lwt_xmit"
        or "lwt_seg6local" || program.Section is "xdp/devmap" or "xdp.frags/devmap" or "xdp/cpumap" or "xdp.frags/cpumap";

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => [];

    public override IEnumerable<Attachment> Attach(ProgramToAttach program) => [];
}
