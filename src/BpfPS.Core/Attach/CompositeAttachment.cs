using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>
/// An attachment of libbpf's that keeps several of the kernel's links (USDT). What libbpf gives as its descriptor is none: 0, the
/// standard input.
/// </summary>
internal sealed class CompositeAttachment(BpfLinkHandle link, string suffix = "") : Attachment(suffix)
{
    public override bool IsComposite => !link.IsClosed;

    public override void Dispose() => link.Dispose();
}
