namespace BpfPS.Native;

/// <summary>A BPF filter of traffic control, as RTM_GETTFILTER tells.</summary>
/// <param name="InterfaceIndex">The interface.</param>
/// <param name="Parent">What it was asked for: clsact's ingress or egress, or a qdisc.</param>
/// <param name="Handle">Its handle.</param>
/// <param name="Priority">Its priority: lower ones run first.</param>
/// <param name="Protocol">The protocol it is for, in network byte order.</param>
/// <param name="Chain">Its chain.</param>
/// <param name="ProgramId">Its program; 0 for a classic BPF filter, which has none.</param>
/// <param name="Name">What tc calls it: the object file and the section.</param>
/// <param name="IsDirectAction">Whether its return value decides about the packet (direct-action).</param>
internal readonly record struct TrafficFilter(
    uint InterfaceIndex, uint Parent, uint Handle, uint Priority, ushort Protocol, uint Chain, uint ProgramId, string Name,
        bool IsDirectAction);
