using BpfPS.Native;

namespace BpfPS;

/// <summary>What BPF_PROG_ATTACH and BPF_PROG_DETACH need.</summary>
internal static class ProgramCalls
{
    /// <summary>An attachment that was made with bpf_prog_attach: taking it away needs program and target, whose descriptors may be closed by then.</summary>
    public static DetachedByCall DetachLater(ProgramToAttach program, FileDescriptor target, uint type, string suffix = "")
    {
        var own = FileDescriptor.Duplicate(program.Descriptor);
        var place = FileDescriptor.Duplicate(target.Number);
        return new DetachedByCall(() =>
        {
            _ = LibBpf.bpf_prog_detach2(own, place.Number, type); // a target that has gone has let go of it
            own.Dispose();
            place.Dispose();
        }, suffix);
    }
}
