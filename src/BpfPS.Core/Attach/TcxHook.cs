using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>tcx and netkit: traffic control with links; a hook can have several programs in a chosen order.</summary>
internal sealed class TcxHook : ProgramHook
{
    private const uint BeforeFlag = 1 << 3; // BPF_F_BEFORE
    private const uint AfterFlag = 1 << 4; // BPF_F_AFTER
    private const uint IdFlag = 1 << 5; // BPF_F_ID: the other program is given by id

    /// <summary>Whether this hook attaches a section. libbpf knows these as of 1.3; BpfPS supports them with older versions too.</summary>
    public static bool IsOwn(string section) => TypeOf(section) != 0;

    public override bool Takes(ProgramToAttach program) => IsOwn(program.Section);

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => ["Interface", "Before", "After"];

    public override void Check(ProgramToAttach program)
    {
        if (program.Options is { Before: not null, After: not null })
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, "A program cannot be attached both before one program and after another.",
                BpfRemedy.With($"Specify only one of {BpfOption.Before} and {BpfOption.After}."));
        }
        NetworkInterfaces.Of(program);
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        var (before, after) = (program.Options.Before, program.Options.After);
        var flags = before is not null ? BeforeFlag | IdFlag : after is not null ? AfterFlag | IdFlag : 0;
        foreach (var target in NetworkInterfaces.Of(program))
        {
            var result = program.CreateLink(target.Index, flags, request =>
                request with { AttachType = TypeOf(program.Section), Relative = before ?? after ?? 0 });
            if (result == -(int)BpfErrno.ENOENT && (before ?? after) is { } relative)
            {
                throw new BpfException(BpfErrorKind.NotFound,
                    $"{program.Operation} to interface {VisibleText.Escape(target.Name)}: program {relative} is not attached there.",
                    BpfRemedy.To(BpfAdvice.ListLinks), (int)BpfErrno.ENOENT);
            }
            if (result < 0)
            {
                throw HookErrors.From(program, result, $"interface {target.Name}");
            }
            yield return new DescriptorAttachment(new FileDescriptor(result), NetworkInterfaces.Suffix(target));
        }
    }

    private static uint TypeOf(string section) => section switch
    {
        "tcx/ingress" or "tc/ingress" => AttachTypes.TcxIngress,
        "tcx/egress" or "tc/egress" => AttachTypes.TcxEgress,
        "netkit/primary" => AttachTypes.NetkitPrimary,
        "netkit/peer" => AttachTypes.NetkitPeer,
        _ => 0,
    };
}
