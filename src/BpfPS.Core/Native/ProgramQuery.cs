using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// BPF_PROG_QUERY: the programs attached to an attach point. It is a plain system call, because only libbpf 1.3 and later
/// return the links, which tell programs attached with a link from those attached without one.
/// </summary>
internal static unsafe class ProgramQuery
{
    private const int QueryCommand = 16; // BPF_PROG_QUERY
    private const int FirstRoom = 64; // a cgroup or an interface can have no more of its own (BPF_CGROUP_MAX_PROGS, BPF_MPROG_MAX)
    private const int LastRoom = 64 * 1024;

    /// <summary>The programs on an interface of this thread's network namespace, in the order in which they run.</summary>
    public static IReadOnlyList<AttachedProgram> OfInterface(uint index, uint attachType) => Ask(index, attachType, asksForLinks: true);

    /// <summary>The programs attached to the object of a descriptor: a cgroup, a map or a network namespace.</summary>
    /// <param name="target">The descriptor.</param>
    /// <param name="attachType">The attach type.</param>
    public static IReadOnlyList<AttachedProgram> OfDescriptor(FileDescriptor target, uint attachType) =>
        Ask((uint)target.Number, attachType, asksForLinks: false);

    private static AttachedProgram[] Ask(uint target, uint attachType, bool asksForLinks)
    {
        for (var room = FirstRoom; room <= LastRoom; room *= 4)
        {
            var programs = new uint[room];
            var links = new uint[room];
            var attachFlags = new uint[room];
            fixed (uint* programBuffer = programs, linkBuffer = links, flagBuffer = attachFlags)
            {
                var request = new ProgramQueryAttributes
                {
                    Target = target,
                    AttachType = attachType,
                    ProgramIds = (ulong)programBuffer,
                    Count = (uint)room,
                    LinkIds = asksForLinks ? (ulong)linkBuffer : 0,
                    // The flags of each program. They require Linux 6.2, and only cgroup LSM programs need them.
                    ProgramAttachFlags = attachType == AttachTypes.LsmCgroup ? (ulong)flagBuffer : 0,
                };
                if (Libc.bpf(BpfSystemCall.Number, QueryCommand, &request, (uint)sizeof(ProgramQueryAttributes)) == 0)
                {
                    var common = request.AttachFlags;
                    return Enumerable.Range(0, (int)Math.Min(request.Count, (uint)room))
                        .Select(index => new AttachedProgram(
                            programs[index], asksForLinks ? links[index] : null, common | attachFlags[index]))
                        .ToArray();
                }
            }
            if (Marshal.GetLastPInvokeError() != (int)BpfErrno.ENOSPC)
            {
                return []; // this kernel has no such attach point, or it has disappeared
            }
        }
        return [];
    }
}
