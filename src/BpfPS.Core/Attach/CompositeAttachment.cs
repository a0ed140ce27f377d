using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>
/// A libbpf attachment that holds several kernel links (USDT). It has no descriptor: libbpf returns 0 for it, which is standard input.
/// </summary>
internal sealed class CompositeAttachment(BpfLinkHandle link, string suffix = "") : Attachment(suffix)
{
    public override bool IsComposite => !link.IsClosed;

    public override void Dispose() => link.Dispose();
}
