using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>
/// Traffic control with a filter of the clsact queueing discipline, which every kernel has. There is no link; a call removes the
/// filter.
/// </summary>
internal sealed class TrafficControlHook : ProgramHook
{
    private const int SchedCls = 3; // BPF_PROG_TYPE_SCHED_CLS
    private const int AlreadyThere = -(int)BpfErrno.EEXIST;

    // BPFPS_INGRESS and BPFPS_EGRESS of bpfps.h.
    private const string IngressTag = "bpfps:direction=ingress";
    private const string EgressTag = "bpfps:direction=egress";

    // "action" and "classifier" are libbpf's older names.
    public override bool Takes(ProgramToAttach program) => program.Section is "tc" or "classifier" or "action"
        || program.Type is "sched_cls" or "sched_act" && !TcxHook.IsOwn(program.Section);

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) =>
        Declared(program) is null ? ["Interface", "Direction", "Priority"] : ["Interface", "Priority"];

    public override void Check(ProgramToAttach program)
    {
        if (DirectionOf(program) is null)
        {
            throw program.Missing("direction",
                BpfRemedy.With($"Specify {BpfOption.Direction} Ingress or Egress, or name the section tcx/ingress or tcx/egress."));
        }
        NetworkInterfaces.Of(program);
        // The kernel accepts an action only as part of another filter. A filter with direct action does the same on its own.
        _ = LibBpf.bpf_program__set_type(program.Pointer, SchedCls);
    }

    private static BpfTrafficDirection? DirectionOf(ProgramToAttach program) => Declared(program) ?? program.Options.Direction;

    /// <summary>The direction that the program itself declares.</summary>
    private static BpfTrafficDirection? Declared(ProgramToAttach program) =>
        program.File.TagsOf(program.Name).FirstOrDefault(tag => tag is IngressTag or EgressTag) is { } tag
            ? tag == IngressTag ? BpfTrafficDirection.Ingress : BpfTrafficDirection.Egress : null;

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        foreach (var target in NetworkInterfaces.Of(program))
        {
            yield return Attach(program, target);
        }
    }

    // unsafe: hook and options are local structs that state their own sizes; the callee reads and writes them before it returns.
    private static unsafe DetachedByCall Attach(ProgramToAttach program, (string Name, uint Index) target)
    {
        var hook = new TcHook
        {
            Size = (nuint)sizeof(TcHook),
            InterfaceIndex = (int)target.Index,
            AttachPoint = DirectionOf(program) == BpfTrafficDirection.Egress ? TcHook.Egress : TcHook.Ingress,
        };
        var result = LibBpf.bpf_tc_hook_create(&hook);
        var options = new TcOptions { Size = (nuint)sizeof(TcOptions), ProgramDescriptor = program.Descriptor,
            Priority = (uint)(program.Options.Priority ?? 0) };
        if (result is < 0 and not AlreadyThere || (result = LibBpf.bpf_tc_attach(&hook, &options)) < 0)
        {
            throw HookErrors.From(program, result, $"interface {target.Name}");
        }
        var (made, handle, priority, id) = (hook, options.Handle, options.Priority, program.ReadId());
        return new DetachedByCall(() =>
        {
            var own = new TcOptions { Size = (nuint)sizeof(TcOptions), Handle = handle, Priority = priority };
            var place = made;
            // The interface, and the filter with it, may be gone, or someone may have replaced the filter with another.
            if (LibBpf.bpf_tc_query(&place, &own) == 0 && own.ProgramId == id)
            {
                own = new TcOptions { Size = (nuint)sizeof(TcOptions), Handle = handle, Priority = priority };
                _ = LibBpf.bpf_tc_detach(&place, &own);
            }
        }, NetworkInterfaces.Suffix(target));
    }
}
