using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>An attachment that libbpf made (struct bpf_link).</summary>
internal sealed class LinkAttachment(BpfLinkHandle link, string suffix = "") : Attachment(suffix)
{
    public override int Descriptor => link.IsClosed ? -1 : LibBpf.bpf_link__fd(link);

    public override void Dispose() => link.Dispose();
}
