namespace BpfPS.Attach;

/// <summary>One place where a program is attached. Disposing it detaches the program, unless the attachment was pinned.</summary>
internal abstract class Attachment(string suffix) : IDisposable
{
    /// <summary>The part of a pin's name that distinguishes this attachment from the program's others: "" or "_eth0".</summary>
    public string Suffix => suffix;

    /// <summary>The link's descriptor; -1 if there is no link, and therefore nothing to pin.</summary>
    public virtual int Descriptor => -1;

    /// <summary>Whether one libbpf link holds several kernel links that libbpf does not expose (USDT).</summary>
    public virtual bool IsComposite => false;

    /// <summary>
    /// Whether the kernel waits in <see cref="Dispose"/> until no CPU runs the program. Several such can be disposed at the same time, each
    /// on a thread of its own, and then wait together.
    /// </summary>
    public virtual bool IsSlowToDetach => false;

    /// <summary>Detaches because the whole start failed, and puts back what was replaced, where that is possible.</summary>
    public virtual void Undo() => Dispose();

    public abstract void Dispose();
}
