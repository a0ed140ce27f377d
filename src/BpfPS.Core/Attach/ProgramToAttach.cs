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

    /// <summary>The options of this program.</summary>
    public BpfAttachOptions Options { get; } = options.For(ObjectFile.Text(LibBpf.bpf_program__name(program)));

    public string Name { get; } = ObjectFile.Text(LibBpf.bpf_program__name(program));

    /// <summary>
    /// The section that says what kind of program it is and where it belongs: the one in the file, or if libbpf does not know that, the
    /// one that has the type that the user specified.
    /// </summary>
    public string Section => Options.ProgramType is { } type ? KnownSections.OfType(type) ?? SectionInFile : SectionInFile;

    /// <summary>The section in the file.</summary>
    public string SectionInFile { get; } = ObjectFile.Text(LibBpf.bpf_program__section_name(program));

    /// <summary>The kind of hook: the section's name up to the first slash.</summary>
    public string Kind => Section.Split('/')[0];

    /// <summary>The attach point in the section's name; empty if it has none.</summary>
    public string PlaceInSection => Section.IndexOf('/') is >= 0 and var slash ? Section[(slash + 1)..] : "";

    /// <summary>The attach point: that of the options, or else that in the section's name; empty if neither has one.</summary>
    public string Place => Options.Target ?? PlaceInSection;

    /// <summary>The programs of the object that will be loaded, this one included.</summary>
    public IEnumerable<ProgramToAttach> Siblings => file.Programs().Where(LibBpf.bpf_program__autoload)
        .Select(pointer => new ProgramToAttach(pointer, file, options));

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
    public string Operation => $"Attaching program '{VisibleText.Escape(Name)}' (section {VisibleText.Escape(SectionInFile)})";

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
