namespace BpfPS.Attach;

/// <summary>One kind of attach point.</summary>
internal abstract class ProgramHook
{
    /// <summary>Whether this hook attaches a program.</summary>
    public abstract bool Takes(ProgramToAttach program);

    /// <summary>The parameter names of the options that apply to a program of this hook.</summary>
    public abstract IReadOnlyList<string> Parameters(ProgramToAttach program);

    /// <summary>Whether the section names an attach point, so that the user need not.</summary>
    public virtual bool NamesPlace(ProgramToAttach program) => program.PlaceInSection.Length > 0;

    /// <summary>Sets what must be known before the program is loaded, whether or not it will be attached.</summary>
    /// <exception cref="BpfException">The program cannot be loaded as requested.</exception>
    public virtual void Declare(ProgramToAttach program)
    {
    }

    /// <summary>Checks that the attach points exist, so that a mistake is reported before anything is loaded.</summary>
    /// <exception cref="BpfException">The program cannot be attached as requested.</exception>
    public virtual void Check(ProgramToAttach program)
    {
    }

    /// <summary>Attaches the program, once for each attach point.</summary>
    /// <exception cref="BpfException">The kernel refused one; the attachments before it have already been returned.</exception>
    public abstract IEnumerable<Attachment> Attach(ProgramToAttach program);
}
