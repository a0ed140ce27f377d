namespace BpfPS.Native;

/// <summary>One program of those that are attached to a place, as BPF_PROG_QUERY tells.</summary>
/// <param name="ProgramId">Its id.</param>
/// <param name="LinkId">Its link's id, 0 for none; only interfaces tell it, for other places null.</param>
/// <param name="Flags">How it was attached (BPF_F_ALLOW_OVERRIDE, BPF_F_ALLOW_MULTI).</param>
internal readonly record struct AttachedProgram(uint ProgramId, uint? LinkId, uint Flags);
