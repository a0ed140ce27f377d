using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>An attachment with a kernel link: it stays as long as the link has a descriptor or a pin.</summary>
internal sealed class DescriptorAttachment(FileDescriptor link, string suffix = "") : Attachment(suffix)
{
    public override int Descriptor => link.IsClosed ? -1 : link.Number;

    public override void Dispose() => link.Dispose();
}
