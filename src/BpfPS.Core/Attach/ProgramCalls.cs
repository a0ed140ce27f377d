using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>What BPF_PROG_ATTACH and BPF_PROG_DETACH need.</summary>
internal static class ProgramCalls
{
    /// <summary>
    /// An attachment that was made with bpf_prog_attach: taking it away needs program and target, whose descriptors may be closed
    /// by then.
    /// </summary>
    public static DetachedByCall DetachLater(ProgramToAttach program, FileDescriptor target, uint type, string suffix = "")
    {
        var own = FileDescriptor.Duplicate(program.Descriptor);
        var place = FileDescriptor.Duplicate(target.Number);
        var id = program.ReadId();
        return new DetachedByCall(() =>
        {
            // A cgroup that has one program only lets go of whichever it is, whatever program is named: somebody else may
            // have put another there since. A target that has gone has let go of ours; some kinds do not tell what they have.
            var there = ProgramQuery.OfDescriptor(place, type);
            if (there.Count == 0 || there.Any(attached => attached.ProgramId == id))
            {
                _ = LibBpf.bpf_prog_detach2(own, place.Number, type);
            }
            own.Dispose();
            place.Dispose();
        }, suffix);
    }
}
