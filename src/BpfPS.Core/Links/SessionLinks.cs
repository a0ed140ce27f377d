using BpfPS.Attach;
using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>The links that this process's started objects hold.</summary>
internal static class SessionLinks
{
    /// <summary>An object's links that are still open.</summary>
    public static IEnumerable<Attachment> Of(BpfObject obj) => obj.Links.Where(link => link.Descriptor >= 0);

    /// <summary>The attachments whose link has an id.</summary>
    public static IReadOnlyList<Attachment> Find(uint id) => BpfSession.Objects.SelectMany(Of).Where(link => IdOf(link) == id).ToArray();

    private static uint? IdOf(Attachment link)
    {
        using var fd = FileDescriptor.Duplicate(link.Descriptor);
        return BpfPin.KindOf(fd) == BpfPinKind.Link ? KernelObjects.GetLinkInfo(fd).Id : null;
    }
}
