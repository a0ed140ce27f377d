using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>An attachment that libbpf made (struct bpf_link).</summary>
/// <param name="link">The link.</param>
/// <param name="suffix">What distinguishes it from the program's other attachments.</param>
/// <param name="isSlow">Whether the kernel waits when it is closed, as it does for probes by perf events.</param>
internal sealed class LinkAttachment(BpfLinkHandle link, string suffix = "", bool isSlow = false) : Attachment(suffix)
{
    public override int Descriptor => link.IsClosed ? -1 : LibBpf.bpf_link__fd(link);

    public override bool IsSlowToDetach => isSlow;

    public override void Dispose() => link.Dispose();
}
