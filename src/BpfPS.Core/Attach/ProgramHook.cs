namespace BpfPS.Attach;

/// <summary>One kind of place that programs are attached to.</summary>
internal abstract class ProgramHook
{
    /// <summary>Whether a program belongs here.</summary>
    public abstract bool Takes(ProgramToAttach program);

    /// <summary>The names of the options that say something to a program here, as Start-BpfProgram has them.</summary>
    public abstract IReadOnlyList<string> Parameters(ProgramToAttach program);

    /// <summary>Says what has to be said before the program is loaded, attached or not.</summary>
    /// <exception cref="BpfException">It cannot be loaded as it is asked for.</exception>
    public virtual void Declare(ProgramToAttach program)
    {
    }

    /// <summary>Looks whether the places are there: that is better known before anything is loaded.</summary>
    /// <exception cref="BpfException">It cannot be attached as it is asked for.</exception>
    public virtual void Check(ProgramToAttach program)
    {
    }

    /// <summary>Attaches it, once for each place.</summary>
    /// <exception cref="BpfException">The kernel refused one of them; those made before it are given already.</exception>
    public abstract IEnumerable<Attachment> Attach(ProgramToAttach program);
}
