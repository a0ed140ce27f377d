namespace BpfPS.Native;

/// <summary>A BPF filter of traffic control, as RTM_GETTFILTER returns it.</summary>
/// <param name="InterfaceIndex">The interface.</param>
/// <param name="Parent">The parent in the request: ingress or egress of clsact, or a qdisc.</param>
/// <param name="Handle">Its handle.</param>
/// <param name="Priority">Its priority; lower ones run first.</param>
/// <param name="Protocol">Its protocol, in network byte order.</param>
/// <param name="Chain">Its chain.</param>
/// <param name="ProgramId">The id of its program; 0 for a classic BPF filter, which has none.</param>
/// <param name="Name">The name in tc: the object file and the section.</param>
/// <param name="IsDirectAction">Whether its return value is the verdict on the packet (direct-action).</param>
internal readonly record struct TrafficFilter(
    uint InterfaceIndex, uint Parent, uint Handle, uint Priority, ushort Protocol, uint Chain, uint ProgramId, string Name,
    bool IsDirectAction);
