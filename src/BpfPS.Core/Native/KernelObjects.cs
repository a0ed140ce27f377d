using System.Text;

namespace BpfPS.Native;

/// <summary>Ids, descriptors and information blocks of the kernel's BPF objects.</summary>
internal static unsafe class KernelObjects
{
    private static readonly Kind s_programs = new("program", "prog_id", LibBpf.bpf_prog_get_next_id, LibBpf.bpf_prog_get_fd_by_id,
        BpfAdvice.ListPrograms);

    private static readonly Kind s_maps = new("map", "map_id", LibBpf.bpf_map_get_next_id, LibBpf.bpf_map_get_fd_by_id,
        BpfAdvice.ListMaps);

    private static readonly Kind s_links = new("link", "link_id", LibBpf.bpf_link_get_next_id, LibBpf.bpf_link_get_fd_by_id,
        BpfAdvice.ListLinks);

    /// <summary>The ids of all programs; of those that this process has open, where the kernel lists none to it.</summary>
    public static IEnumerable<uint> ProgramIds() => Ids(s_programs);

    /// <summary>The ids of all maps; of those that this process has open, where the kernel lists none to it.</summary>
    public static IEnumerable<uint> MapIds() => Ids(s_maps);

    /// <summary>The ids of all links; of those that this process has open, where the kernel lists none to it.</summary>
    public static IEnumerable<uint> LinkIds() => Ids(s_links);

    /// <summary>Why the kernel does not list the programs to this process; null if it does.</summary>
    public static BpfException? WhyNoPrograms() => WhyNotListed(s_programs);

    /// <summary>Why the kernel does not list the maps to this process; null if it does.</summary>
    public static BpfException? WhyNoMaps() => WhyNotListed(s_maps);

    /// <summary>Why the kernel does not list the links to this process; null if it does.</summary>
    public static BpfException? WhyNoLinks() => WhyNotListed(s_links);

    public static FileDescriptor OpenProgram(uint id) => Open(s_programs, id);

    public static FileDescriptor OpenMap(uint id) => Open(s_maps, id);

    public static FileDescriptor OpenLink(uint id) => Open(s_links, id);

    public static ProgramInfo GetProgramInfo(FileDescriptor fd) => GetInfo<ProgramInfo>(fd);

    public static MapInfo GetMapInfo(FileDescriptor fd) => GetInfo<MapInfo>(fd);

    public static LinkInfo GetLinkInfo(FileDescriptor fd) => GetInfo<LinkInfo>(fd);

    /// <summary>Reads the information of a link again, with buffers for its strings and arrays.</summary>
    /// <param name="fd">The link.</param>
    /// <param name="info">Zero except for the buffers and their sizes. The call fills it in.</param>
    /// <returns>False if the kernel refused. A buffer that is too small is filled to its end.</returns>
    public static bool TryFillLinkInfo(FileDescriptor fd, ref LinkInfo info)
    {
        var length = (uint)sizeof(LinkInfo);
        fixed (LinkInfo* pointer = &info)
        {
            return LibBpf.bpf_obj_get_info_by_fd(fd, pointer, ref length) is 0 or -(int)BpfErrno.ENOSPC;
        }
    }

    /// <summary>
    /// The name of a BTF blob in the kernel: "vmlinux" or the name of a module; empty for a program's BTF, or if it is unknown.
    /// </summary>
    public static string BtfName(uint id)
    {
        var result = LibBpf.bpf_btf_get_fd_by_id(id);
        if (result < 0)
        {
            return "";
        }
        using var fd = new FileDescriptor(result);
        const int room = 64;
        var name = stackalloc byte[room];
        name[0] = 0;
        var info = new BtfInfo { Name = (ulong)name, NameLength = room };
        var length = (uint)sizeof(BtfInfo);
        return LibBpf.bpf_obj_get_info_by_fd(fd, &info, ref length) == 0 ? NameOf(name, room) : "";
    }

    /// <summary>The ids of the maps that a program uses.</summary>
    public static uint[] GetMapIds(FileDescriptor program)
    {
        // The first call returns only the count. A program's maps never change after load.
        var info = GetProgramInfo(program);
        var ids = new uint[info.MapIdCount];
        if (ids.Length == 0)
        {
            return ids;
        }
        fixed (uint* buffer = ids)
        {
            var request = new ProgramInfo { MapIdCount = (uint)ids.Length, MapIds = (ulong)buffer };
            Fill(program, ref request);
        }
        return ids;
    }

    /// <summary>The BTF type id of a program's first function, 0 without function info.</summary>
    public static uint GetMainFunctionTypeId(FileDescriptor program)
    {
        var info = GetProgramInfo(program);
        if (info.FunctionInfoCount == 0 || info.FunctionInfoRecordSize < 8)
        {
            return 0;
        }
        var records = new byte[info.FunctionInfoCount * info.FunctionInfoRecordSize];
        fixed (byte* buffer = records)
        {
            var request = new ProgramInfo
            {
                FunctionInfoCount = info.FunctionInfoCount,
                FunctionInfoRecordSize = info.FunctionInfoRecordSize,
                FunctionInfo = (ulong)buffer,
            };
            Fill(program, ref request);
        }
        return BitConverter.ToUInt32(records, 4); // struct bpf_func_info { insn_off; type_id; }
    }

    /// <summary>The kernel keeps this many characters of a name (BPF_OBJ_NAME_LEN - 1).</summary>
    public const int NameLength = 15;

    /// <summary>A program's name as the kernel keeps it.</summary>
    public static string NameOfProgram(FileDescriptor program)
    {
        var info = GetProgramInfo(program);
        return NameOf(info.Name, NameLength + 1);
    }

    /// <summary>A fixed-size name as the kernel keeps it, up to the first NUL.</summary>
    public static string NameOf(byte* name, int room)
    {
        var bytes = new ReadOnlySpan<byte>(name, room);
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private const int TriesForHalfMade = 20;

    private delegate int NextId(uint start, out uint next);

    private static IEnumerable<uint> Ids(Kind kind)
    {
        uint id = 0;
        while (true)
        {
            var result = kind.NextId(id, out var next);
            if (result == -(int)BpfErrno.ENOENT)
            {
                yield break;
            }
            if (id == 0 && IsDenied(result) && OwnDescriptors.Ids(kind.Label) is { Count: > 0 } own)
            {
                foreach (var held in own)
                {
                    yield return held;
                }
                yield break;
            }
            if (IsDenied(result))
            {
                throw Denied(result, Listing(kind));
            }
            Errors.ThrowIfNegative(result, Listing(kind));
            id = next;
            yield return id;
        }
    }

    private static FileDescriptor Open(Kind kind, uint id)
    {
        var result = kind.Open(id);
        // A link has its id before it is complete, and until then the kernel says EAGAIN. That takes a moment; a link that fails to
        // come about goes without ever being there.
        for (var tries = 0; result == -(int)BpfErrno.EAGAIN && tries < TriesForHalfMade; tries++)
        {
            Thread.Sleep(1);
            result = kind.Open(id);
        }
        if (result == -(int)BpfErrno.EAGAIN)
        {
            throw new BpfException(BpfErrorKind.Vanished, $"The BPF {kind.Noun} with id {id} is still being made.",
                BpfRemedy.To(kind.ToList), (int)BpfErrno.EAGAIN);
        }
        if (result == -(int)BpfErrno.ENOENT)
        {
            throw new BpfException(BpfErrorKind.Vanished, $"The kernel has no BPF {kind.Noun} with id {id}.",
                BpfRemedy.To(kind.ToList), (int)BpfErrno.ENOENT);
        }
        var operation = $"Opening BPF {kind.Noun} {id}";
        return IsDenied(result) ? OwnDescriptors.Duplicate(kind.Label, id) ?? throw Denied(result, operation)
            : FileDescriptor.FromResult(result, operation);
    }

    private static BpfException? WhyNotListed(Kind kind)
    {
        var result = kind.NextId(0, out _);
        return IsDenied(result) ? Denied(result, Listing(kind)) : null;
    }

    // Some seccomp filters answer ENOSYS.
    private static bool IsDenied(int result) => -result is (int)BpfErrno.EPERM or (int)BpfErrno.EACCES or (int)BpfErrno.ENOSYS;

    private static BpfException Denied(int result, string operation) => -result == (int)BpfErrno.ENOSYS
        ? Errors.FromErrno(-result, operation) : Privileges.Denied(operation, -result, [Capability.SysAdmin]);

    private static string Listing(Kind kind) => $"Listing the kernel's BPF {kind.Noun}s";

    /// <summary>A kind of thing that has an id in the kernel.</summary>
    /// <param name="Noun">What it is called.</param>
    /// <param name="Label">The name of its id in fdinfo.</param>
    /// <param name="NextId">Gives the next id.</param>
    /// <param name="Open">Opens one by its id.</param>
    /// <param name="ToList">The advice to list them.</param>
    private sealed record Kind(string Noun, string Label, NextId NextId, Func<uint, int> Open, BpfAdvice ToList);

    private static T GetInfo<T>(FileDescriptor fd) where T : unmanaged
    {
        T info = default;
        Fill(fd, ref info);
        return info;
    }

    /// <summary>
    /// Asks the kernel for an information block. Unused members of the block must be zero, because some kernels leave
    /// the caller's bytes in members that they do not fill.
    /// </summary>
    internal static void Fill<T>(FileDescriptor fd, ref T info) where T : unmanaged
    {
        var length = (uint)sizeof(T);
        fixed (T* pointer = &info)
        {
            Errors.ThrowIfNegative(LibBpf.bpf_obj_get_info_by_fd(fd, pointer, ref length), "Reading information about a BPF object");
        }
    }
}
