using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>The ways to open a map: through the object that owns it, a pin, or its id.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Path">Its pin, or null.</param>
/// <param name="Owner">Returns a duplicate of the descriptor that a started object holds, or null.</param>
internal sealed record MapSource(uint Id, string? Path, Func<FileDescriptor?>? Owner)
{
    public FileDescriptor Open()
    {
        if (Owner?.Invoke() is { } owned)
        {
            return owned;
        }
        if (Path is not null)
        {
            return BpfPin.OpenDescriptor(Path, BpfPinKind.Map);
        }
        return KernelObjects.OpenMap(Id);
    }
}
