using System.Buffers.Binary;
using System.Text;
using BpfPS.Attach;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Loading;

/// <summary>The map and the variables in which bpfps_targets.h has what an object is restricted to.</summary>
// unsafe: keys have the map's key size, which was checked, and are local.
internal static unsafe class TargetMap
{
    /// <summary>The name of the map.</summary>
    public const string Map = "bpfps_targets";

    private const string Kinds = "bpfps_target_kinds";
    private const string Levels = "bpfps_target_levels";
    private const string Follower = "bpfps_follow_";

    private const int KeySize = 24; // struct bpfps_target
    private const int NumberAt = 8;
    private const int CommandBytes = 16; // TASK_COMM_LEN, with the NUL
    private const int MostLevels = 16; // BPFPS_CGROUP_LEVELS

    // enum bpfps_target_kind
    private const int Process = 0;
    private const int Command = 1;
    private const int User = 2;
    private const int Cgroup = 3;

    /// <summary>Whether an object can be restricted.</summary>
    public static bool IsIn(ObjectFile file) => file.Maps().Any(map => ObjectFile.Text(LibBpf.bpf_map__name(map)) == Map);

    /// <summary>
    /// What an object is restricted to: what the start says, and the processes and cgroups that it says for attaching, if none of the
    /// programs is attached to such.
    /// </summary>
    public static BpfTargets Of(ObjectFile file, IReadOnlyList<ProgramToAttach> programs, BpfStartOptions options)
    {
        if (!IsIn(file))
        {
            return options.Targets;
        }
        var used = programs.SelectMany(program => program.Hook.Parameters(program)).ToHashSet();
        var (processes, cgroups) = (options.Attachment.ProcessIds, options.Attachment.Cgroups);
        return options.Targets with
        {
            Processes = used.Contains("ProcessId") ? options.Targets.Processes
                : [.. options.Targets.Processes, .. processes.Select(id => (uint)id)],
            Cgroups = used.Contains("Cgroup") ? options.Targets.Cgroups : [.. options.Targets.Cgroups, .. cgroups],
        };
    }

    /// <summary>Has the programs loaded that follow the children of processes, if that is asked for.</summary>
    public static void SelectFollowers(ObjectFile file, BpfTargets targets)
    {
        foreach (var program in !targets.IncludeChildren ? [] : file.Programs().Where(program =>
            ObjectFile.Text(LibBpf.bpf_program__name(program)).StartsWith(Follower, StringComparison.Ordinal)))
        {
            Errors.ThrowIfNegative(LibBpf.bpf_program__set_autoload(program, true), "Selecting a program");
        }
    }

    /// <summary>Whether a program is one of those that follow the children of processes.</summary>
    public static bool IsFollower(string program) => program.StartsWith(Follower, StringComparison.Ordinal);

    /// <summary>Checks, before an object is loaded, what it is to be restricted to.</summary>
    /// <exception cref="BpfException">The object cannot be restricted, or one of the targets does not exist.</exception>
    public static void Prepare(ObjectFile file, BpfTargets targets)
    {
        if (targets.IsEmpty)
        {
            return;
        }
        Require(file);
        _ = Keys(targets, out _, out _);
    }

    /// <summary>Fails if an object cannot be restricted.</summary>
    /// <exception cref="BpfException">It does not include bpfps_targets.h.</exception>
    public static void Require(ObjectFile file)
    {
        if (!IsIn(file))
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"'{VisibleText.Escape(ObjectFile.NameOf(file.Path))}' cannot be restricted to processes, commands, users or cgroups: it "
                    + "does not include bpfps_targets.h.", BpfRemedy.To(BpfAdvice.FilterEvents));
        }
    }

    /// <summary>Restricts an object that has been loaded; it may be running, and restricted to something else.</summary>
    /// <exception cref="BpfException">A target does not exist, or there are more than the map has room for.</exception>
    public static void Fill(BpfObject obj, BpfTargets targets)
    {
        if (obj.Maps.FirstOrDefault(map => map.Name == Map) is not { } map)
        {
            return;
        }
        var keys = Keys(targets, out var kinds, out var levels);
        using var fd = map.OpenDescriptor();
        var old = Existing(fd);
        byte one = 1;
        foreach (var key in keys)
        {
            fixed (byte* pointer = key)
            {
                Errors.ThrowIfNegative(LibBpf.bpf_map_update_elem(fd, pointer, &one, 0),
                    $"Restricting '{VisibleText.Escape(obj.Name)}' to {keys.Count} targets");
            }
        }
        // What is new is there before it is asked for, and what is old until it is no longer.
        var section = obj.Maps.First(map => map.Name.EndsWith(".bss", StringComparison.Ordinal));
        foreach (var (name, value) in ((string, uint)[])[(Levels, levels), (Kinds, kinds)])
        {
            var variable = BpfGlobalVariable.Only(name, BpfGlobalVariable.Of(section));
            variable.Write(variable.Encode(value));
        }
        foreach (var key in old.Where(key => !keys.Exists(other => other.AsSpan().SequenceEqual(key))))
        {
            fixed (byte* pointer = key)
            {
                _ = LibBpf.bpf_map_delete_elem(fd, pointer);
            }
        }
    }

    private static List<byte[]> Existing(FileDescriptor fd)
    {
        var keys = new List<byte[]>();
        var next = new byte[KeySize];
        byte[]? last = null;
        fixed (byte* to = next)
        {
            while (true)
            {
                int result;
                fixed (byte* from = last)
                {
                    result = LibBpf.bpf_map_get_next_key(fd, from, to);
                }
                if (result < 0)
                {
                    return keys;
                }
                keys.Add(last = [.. next]);
            }
        }
    }

    private static List<byte[]> Keys(BpfTargets targets, out uint kinds, out uint levels)
    {
        var keys = new List<byte[]>();
        foreach (var id in targets.Processes)
        {
            RequireProcess(id);
            keys.Add(Key(Process, id));
        }
        keys.AddRange(targets.Users.Select(id => Key(User, id)));
        keys.AddRange(targets.Commands.Select(command => Key(command)));
        levels = 0;
        foreach (var path in targets.Cgroups)
        {
            var (id, level) = CgroupTree.Find(path);
            if (level >= MostLevels)
            {
                throw new BpfException(BpfErrorKind.NotSupported,
                    $"Cgroup '{VisibleText.Escape(path)}' is {level} levels below the root; at most {MostLevels - 1} can be told apart.",
                    "Name one that is further up.");
            }
            levels |= 1u << level;
            keys.Add(Key(Cgroup, id));
        }
        kinds = (targets.Processes.Count > 0 ? 1u << Process : 0) | (targets.Commands.Count > 0 ? 1u << Command : 0)
            | (targets.Users.Count > 0 ? 1u << User : 0) | (targets.Cgroups.Count > 0 ? 1u << Cgroup : 0);
        return keys;
    }

    private static byte[] Key(int kind, ulong number)
    {
        var key = new byte[KeySize];
        BinaryPrimitives.WriteUInt64LittleEndian(key, (ulong)kind);
        BinaryPrimitives.WriteUInt64LittleEndian(key.AsSpan(NumberAt), number);
        return key;
    }

    private static byte[] Key(string command)
    {
        var key = Key(Command, 0);
        var bytes = Encoding.UTF8.GetBytes(command);
        bytes.AsSpan(0, Math.Min(bytes.Length, CommandBytes - 1)).CopyTo(key.AsSpan(NumberAt));
        return key;
    }

    private static void RequireProcess(uint id)
    {
        if (!Directory.Exists($"/proc/{id}"))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no process {id}.", BpfRemedy.To(BpfAdvice.ListProcesses));
        }
    }
}
