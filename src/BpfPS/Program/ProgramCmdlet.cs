namespace BpfPS.Commands;

/// <summary>A cmdlet that does something with programs, one after the other.</summary>
public abstract class ProgramCmdlet : ReferenceCmdlet
{
    internal sealed override IReferenceKind Kind => ProgramResolver.Instance;

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        foreach (var program in References(ProgramResolver.Instance))
        {
            ProcessProgram(program.Thing, program);
        }
    }

    /// <summary>Does what the cmdlet does, for one program.</summary>
    private protected abstract void ProcessProgram(BpfProgram program, Reference<BpfProgram> reference);
}
