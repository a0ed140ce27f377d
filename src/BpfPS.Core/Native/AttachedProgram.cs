namespace BpfPS.Native;

/// <summary>A program attached to some attach point, as BPF_PROG_QUERY returns it.</summary>
/// <param name="ProgramId">The program's id.</param>
/// <param name="LinkId">The id of its link, 0 for none. Known for network interfaces only, otherwise null.</param>
/// <param name="Flags">How it was attached (BPF_F_ALLOW_OVERRIDE, BPF_F_ALLOW_MULTI).</param>
internal readonly record struct AttachedProgram(uint ProgramId, uint? LinkId, uint Flags);
