using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Owns a Dwfl: libdw's view of one process.</summary>
internal sealed class DwflHandle : SafeHandle
{
    public DwflHandle(nint pointer) : base(0, ownsHandle: true) => SetHandle(pointer);

    public override bool IsInvalid => handle == 0;

    // Without the lock that all other calls take: nobody else can reach this Dwfl any more, and a finalizer must not wait.
    protected override bool ReleaseHandle()
    {
        LibDw.dwfl_end(handle);
        return true;
    }
}
