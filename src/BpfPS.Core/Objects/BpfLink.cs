using System.Globalization;
using BpfPS.Native;

namespace BpfPS;

/// <summary>A link: what keeps a program attached.</summary>
public sealed class BpfLink
{
    private BpfLink(LinkInfo info, string programName)
    {
        Id = info.Id;
        Type = TypeNames.Link(info.Type);
        ProgramId = info.ProgramId;
        ProgramName = programName;
    }

    /// <summary>Its id in the kernel.</summary>
    public uint Id { get; }

    /// <summary>Its type in libbpf's words, such as "tracing" or "xdp".</summary>
    public string Type { get; }

    /// <summary>The id of the program that it attaches.</summary>
    public uint ProgramId { get; }

    /// <summary>The program's name; empty when the program cannot be asked.</summary>
    public string ProgramName { get; }

    /// <summary>The link with that id.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="BpfException">There is none, or the user may not.</exception>
    public static BpfLink FromId(uint id)
    {
        LibBpfLibrary.Require();
        using var fd = KernelObjects.OpenLink(id);
        return FromDescriptor(fd);
    }

    /// <summary>The link that is pinned at a path.</summary>
    /// <param name="path">A path in bpffs.</param>
    /// <exception cref="BpfException">There is no pin, it is not a link's, or the user may not.</exception>
    public static BpfLink FromPin(string path)
    {
        using var fd = BpfPin.OpenDescriptor(path, BpfPinKind.Link);
        return FromDescriptor(fd);
    }

    /// <summary>The links of a started object.</summary>
    /// <param name="obj">The object.</param>
    public static IReadOnlyList<BpfLink> Of(BpfObject obj) => obj.Links.Where(link => link.Descriptor >= 0).Select(link =>
    {
        using var fd = FileDescriptor.Duplicate(link.Descriptor);
        // A link of the perf subsystem has no id of its own on older kernels, and so no descriptor that can be asked.
        return BpfPin.KindOf(fd) == BpfPinKind.Link ? FromDescriptor(fd) : null;
    }).OfType<BpfLink>().ToArray();

    /// <summary>Pins the link, so that its program stays attached without any process.</summary>
    /// <param name="path">A path in bpffs; a relative one counts from its root. Missing directories are made, for root only.</param>
    /// <param name="force">Whether the pin of another link that is there is replaced, which detaches that one if nothing else holds it.</param>
    /// <param name="access">Whose the pin is and who may use it; null for the user that makes it alone.</param>
    /// <exception cref="BpfException">The path lies outside of bpffs or is taken, the link has gone, or the user may not.</exception>
    public BpfPin Pin(string path, bool force = false, BpfPinAccess? access = null)
    {
        using var fd = KernelObjects.OpenLink(Id);
        return BpfObjectPins.CreateOne(fd, path, BpfPinKind.Link, force, access);
    }

    /// <summary>The program's name, the type and the id.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RecordText.Escape(ProgramName)} ({Type}, id {Id})");

    private static BpfLink FromDescriptor(FileDescriptor fd)
    {
        var info = KernelObjects.GetLinkInfo(fd);
        return new BpfLink(info, BpfPin.ProgramName(info.ProgramId));
    }
}
