namespace BpfPS;

/// <summary>One place at which a program is attached. Disposing it detaches, unless it was pinned.</summary>
internal abstract class Attachment(string suffix) : IDisposable
{
    /// <summary>What tells it from the program's other attachments in the name of a pin: "" or "_eth0".</summary>
    public string Suffix => suffix;

    /// <summary>The link's descriptor; -1 where there is no link, and so nothing that could be pinned.</summary>
    public virtual int Descriptor => -1;

    public abstract void Dispose();
}
