using System.Globalization;
using BpfPS.Files;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>
/// Iterators: programs that run for each of the kernel's tasks, maps, sockets and so on when their output is read.
/// </summary>
internal sealed class IteratorHook : ProgramHook
{
    private const uint TraceIterator = 28; // BPF_TRACE_ITER

    private static readonly string[] s_ofMaps = ["bpf_map_elem", "bpf_sk_storage_map", "sockmap"];

    public override bool Takes(ProgramToAttach program) => program.Kind is "iter" or "iter.s";

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => ["Target", "Map", "ProcessId", "Cgroup"];

    public override void Declare(ProgramToAttach program) => SectionHook.Bind(program);

    public override void Check(ProgramToAttach program)
    {
        if (s_ofMaps.Contains(program.Place))
        {
            MapOf(program);
        }
        foreach (var pid in program.Options.ProcessIds.Where(pid =>
            !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"))))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"{program.Operation}: there is no process {pid}.",
                BpfRemedy.To(BpfAdvice.ListProcesses), (int)BpfErrno.ESRCH);
        }
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        using var cgroup = program.Place == "cgroup" && program.Options.Cgroups is [var path, ..]
            ? EntryReferences.OpenCgroup(path)
            : null;
        var result = Create(program, program.Place switch
        {
            var target when s_ofMaps.Contains(target) => new IteratorInfo { Map = (uint)LibBpf.bpf_map__fd(MapOf(program)) },
            "cgroup" when cgroup is not null => new IteratorInfo { CgroupOrder = IteratorInfo.Descendants, Cgroup = (uint)cgroup.Number },
            "cgroup" => new IteratorInfo { CgroupOrder = IteratorInfo.Descendants },
            "task" or "task_file" or "task_vma" when program.Options.ProcessIds is [var pid, ..] =>
                new IteratorInfo { ProcessId = (uint)pid },
            _ => null,
        });
        yield return result >= 0 ? new DescriptorAttachment(new FileDescriptor(result))
            : throw HookErrors.From(program, result, $"iterator {program.Place}", capability: Capability.PerfMon);
    }

    // unsafe: the link's target is a local struct, read before the call returns.
    private static unsafe int Create(ProgramToAttach program, IteratorInfo? info)
    {
        var place = info ?? default;
        var address = (ulong)&place;
        return program.CreateLink(0, fill: request => request with
        {
            AttachType = TraceIterator,
            IteratorInfo = info is null ? 0 : address,
            IteratorInfoLength = info is null ? 0 : (uint)sizeof(IteratorInfo),
        });
    }

    private static nint MapOf(ProgramToAttach program)
    {
        var maps = program.File.Maps().Where(map => !LibBpf.bpf_map__is_internal(map))
            .ToDictionary(map => ObjectFile.Text(LibBpf.bpf_map__name(map)));
        return program.Options.Map is { } name
            ? maps.TryGetValue(name, out var map) ? map : throw HookNames.Missing(program.Operation, "map", name, maps.Keys)
            : maps.Count == 1 ? maps.Values.Single()
            : throw program.Missing("map to iterate over",
                BpfRemedy.With($"Specify one of the object's {maps.Count} maps with {BpfOption.Map}: "
                    + $"{VisibleText.Escape(string.Join(", ", maps.Keys))}."));
    }
}
