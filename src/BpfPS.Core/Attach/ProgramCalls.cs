using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Attachments by BPF_PROG_ATTACH and BPF_PROG_DETACH.</summary>
internal static class ProgramCalls
{
    /// <summary>
    /// An attachment made with bpf_prog_attach. Detaching needs the program and the target, so it keeps descriptors of both: the
    /// caller's may be closed by then.
    /// </summary>
    public static DetachedByCall DetachLater(ProgramToAttach program, FileDescriptor target, uint type, string suffix = "")
    {
        var own = FileDescriptor.Duplicate(program.Descriptor);
        var place = FileDescriptor.Duplicate(target.Number);
        var id = program.ReadId();
        return new DetachedByCall(() =>
        {
            // A cgroup that allows only one program detaches it whichever program is named, and someone else may have attached
            // another one since. An empty list means that the target is gone, or is of a kind that cannot be queried.
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
