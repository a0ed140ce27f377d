using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>XDP: runs first on every packet that an interface receives. Attached with a link, so that it ends with its process.</summary>
internal sealed class XdpHook : ProgramHook
{
    public override bool Takes(ProgramToAttach program) =>
        program.Type == "xdp" && program.Section is not ("xdp/devmap" or "xdp.frags/devmap" or "xdp/cpumap" or "xdp.frags/cpumap");

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => ["Interface", "XdpMode", "Replace"];

    public override void Check(ProgramToAttach program)
    {
        NetworkInterfaces.Of(program);
        // With -Replace the second program would replace the first.
        var others = program.Siblings.Where(other => other.Pointer != program.Pointer && Takes(other)).ToArray();
        if (others.Length > 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"{program.Operation}: an interface can have only one XDP program, and the object has {others.Length + 1}: "
                    + $"{VisibleText.Escape(string.Join(", ", others.Select(other => other.Name).Prepend(program.Name)))}.",
                BpfRemedy.With($"Choose one with {BpfOption.Program}."));
        }
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        foreach (var target in NetworkInterfaces.Of(program))
        {
            var replaced = program.Options.Replace ? ReplacedXdp.DetachAll(target.Index) : null;
            var result = program.CreateLink(target.Index, (uint)program.Options.XdpMode, request =>
                request with { AttachType = AttachTypes.Xdp });
            if (result < 0)
            {
                replaced?.PutBack();
                throw HookErrors.From(program, result, $"interface {target.Name}");
            }
            var (link, suffix) = (new FileDescriptor(result), NetworkInterfaces.Suffix(target));
            yield return replaced is null ? new DescriptorAttachment(link, suffix) : new ReplacingAttachment(link, replaced, suffix);
        }
    }
}
