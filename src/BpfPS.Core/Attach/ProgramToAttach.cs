using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>A program of an object file on its way to a hook.</summary>
internal sealed class ProgramToAttach(nint program, ObjectFile file, BpfAttachOptions options)
{
    private ProgramHook? _hook;

    /// <summary>libbpf's struct bpf_program.</summary>
    public nint Pointer => program;

    public ObjectFile File => file;

    public BpfAttachOptions Options => options;

    public string Name { get; } = ObjectFile.Text(LibBpf.bpf_program__name(program));

    public string Section { get; } = ObjectFile.Text(LibBpf.bpf_program__section_name(program));

    /// <summary>Its type, by libbpf's name.</summary>
    public string Type => TypeNames.Program((uint)LibBpf.bpf_program__type(program));

    /// <summary>Its attach type (enum bpf_attach_type).</summary>
    public uint AttachType => (uint)LibBpf.bpf_program__expected_attach_type(program);

    /// <summary>Its hook, looked up once. Declare sections that libbpf does not know before reading this.</summary>
    public ProgramHook Hook => _hook ??= ProgramAttacher.HookOf(this);

    public int Descriptor => LibBpf.bpf_program__fd(program);

    /// <summary>The id that the kernel assigned when the program was loaded.</summary>
    public uint ReadId()
    {
        using var own = FileDescriptor.Duplicate(Descriptor);
        return KernelObjects.GetProgramInfo(own).Id;
    }

    /// <summary>The operation, for messages.</summary>
    public string Operation => $"Attaching program '{VisibleText.Escape(Name)}' (section {VisibleText.Escape(Section)})";

    /// <summary>Creates a link with bpf(2).</summary>
    /// <param name="target">A descriptor, or an interface's index.</param>
    /// <param name="flags">The flags of this link type.</param>
    /// <param name="fill">Fills in the fields that are specific to this link type.</param>
    /// <returns>The link's descriptor, or a negative errno.</returns>
    public int CreateLink(uint target, uint flags = 0, Func<LinkCreateRequest, LinkCreateRequest>? fill = null)
    {
        var request = new LinkCreateRequest { Program = (uint)Descriptor, Target = target, AttachType = AttachType, Flags = flags };
        return BpfSystemCall.LinkCreate(fill is null ? request : fill(request));
    }

    /// <summary>The error for something that neither the section nor an option specifies.</summary>
    /// <param name="what">The missing thing, such as "cgroup".</param>
    /// <param name="remedy">How to specify it.</param>
    public BpfException Missing(string what, BpfRemedy remedy) =>
        new(BpfErrorKind.InvalidArgument, $"{Operation}: no {what} is specified.", remedy);
}
