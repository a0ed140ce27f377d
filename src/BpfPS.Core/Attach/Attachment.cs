namespace BpfPS.Attach;

/// <summary>One place at which a program is attached. Disposing it detaches, unless it was pinned.</summary>
internal abstract class Attachment(string suffix) : IDisposable
{
    /// <summary>What tells it from the program's other attachments in the name of a pin: "" or "_eth0".</summary>
    public string Suffix => suffix;

    /// <summary>The link's descriptor; -1 where there is no link, and so nothing that could be pinned.</summary>
    public virtual int Descriptor => -1;

    /// <summary>Whether libbpf keeps several of the kernel's links in one of its own, and does not hand them out (USDT).</summary>
    public virtual bool IsComposite => false;

    /// <summary>Detaches because the start as a whole has failed: what had to make room is put back where it can be.</summary>
    public virtual void Undo() => Dispose();

    public abstract void Dispose();
}
