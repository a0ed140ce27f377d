using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>An attachment by a link of the kernel's: it stays as long as a descriptor or pin of it does.</summary>
internal sealed class DescriptorAttachment(FileDescriptor link, string suffix = "") : Attachment(suffix)
{
    public override int Descriptor => link.IsClosed ? -1 : link.Number;

    public override void Dispose() => link.Dispose();
}
