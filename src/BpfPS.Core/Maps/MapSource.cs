using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>The ways to a map's descriptor: the object that owns it, a pin, its id.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Path">Its pin, or null.</param>
/// <param name="Owner">Gives a duplicate of the descriptor that a started object holds, or null.</param>
internal sealed record MapSource(uint Id, string? Path, Func<FileDescriptor?>? Owner)
{
    public FileDescriptor Open(string name)
    {
        if (Owner?.Invoke() is { } owned)
        {
            return owned;
        }
        if (Path is not null)
        {
            return BpfPin.OpenDescriptor(Path, BpfPinKind.Map);
        }
        if (Id == 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"Map '{VisibleText.Escape(name)}' is in an object file that is not loaded.",
                "Start the program first: Start-BpfProgram FILE.");
        }
        return KernelObjects.OpenMap(Id);
    }
}
