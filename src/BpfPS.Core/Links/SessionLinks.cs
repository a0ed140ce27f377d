using BpfPS.Native;

namespace BpfPS;

/// <summary>The links that this process's started objects hold.</summary>
internal static class SessionLinks
{
    /// <summary>An object's links that are still open.</summary>
    public static IEnumerable<BpfLinkHandle> Of(BpfObject obj) => obj.Links.Where(link => !link.IsClosed && LibBpf.bpf_link__fd(link) >= 0);

    /// <summary>The handles of the link with that id.</summary>
    public static IReadOnlyList<BpfLinkHandle> Find(uint id) => BpfSession.Objects.SelectMany(Of).Where(link => IdOf(link) == id).ToArray();

    private static uint? IdOf(BpfLinkHandle link)
    {
        using var fd = FileDescriptor.Duplicate(LibBpf.bpf_link__fd(link));
        return BpfPin.KindOf(fd) == BpfPinKind.Link ? KernelObjects.GetLinkInfo(fd).Id : null;
    }
}
