using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>The link of an XDP program that replaced another program on its interface.</summary>
internal sealed class ReplacingAttachment(FileDescriptor link, ReplacedXdp replaced, string suffix) : Attachment(suffix)
{
    public override int Descriptor => link.IsClosed ? -1 : link.Number;

    public override void Undo()
    {
        link.Dispose();
        replaced.PutBack();
    }

    public override void Dispose()
    {
        link.Dispose();
        replaced.Dispose();
    }
}
