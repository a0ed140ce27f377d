using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>
/// Sampling programs (SEC("perf_event")): they run at a frequency, or once every so many occurrences of an event, on CPUs or for
/// processes.
/// </summary>
internal sealed class SamplingHook : ProgramHook
{
    private const ulong Inherit = 1 << 1; // perf_event_attr.inherit: include threads that start later
    private const ulong IsFrequency = 1 << 10; // perf_event_attr.freq
    private const nuint CloseOnExec = 8; // PERF_FLAG_FD_CLOEXEC
    private const ulong DefaultFrequency = 99;

    public override bool Takes(ProgramToAttach program) => program.Type == "perf_event";

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => ["Event", "Frequency", "Period", "ProcessId", "Cpu"];

    /// <summary>The names of the sampling programs for which no event is specified.</summary>
    public static IReadOnlyList<string> ByDefault(IEnumerable<ProgramToAttach> programs) =>
        [.. programs.Where(program => program.Hook is SamplingHook && program.Options.Event is null).Select(program => program.Name)];

    public override void Check(ProgramToAttach program)
    {
        RequireEvent(program);
        PerfEvents.Find(program);
        foreach (var pid in program.Options.ProcessIds)
        {
            Threads(program, pid);
        }
        if (program.Options.Cpus.Except(CpuList.Online()).ToArray() is [var offline, ..])
        {
            throw new BpfException(BpfErrorKind.NotFound, $"{program.Operation}: CPU {offline} is not online.",
                $"CPUs online: {string.Join(", ", CpuList.Online())}.", (int)BpfErrno.ENODEV);
        }
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        foreach (var (pid, cpu, suffix) in Places(program))
        {
            using var fd = Open(program, pid, cpu);
            var link = SectionHook.Taken(program, LibBpf.bpf_program__attach_perf_event(program.Pointer, fd.Number));
            fd.SetHandleAsInvalid(); // The link closes it.
            yield return new LinkAttachment(link, suffix);
        }
    }

    /// <summary>
    /// One sampling program without an event samples the CPU clock. Several are different ones by their events, which their own user
    /// program would choose: without them, all would count the same.
    /// </summary>
    private static void RequireEvent(ProgramToAttach program)
    {
        var all = program.Siblings.Where(sibling => sibling.Type == program.Type).ToArray();
        if (program.Options.Event is null && all.Length > 1)
        {
            throw program.Missing("perf event", BpfRemedy.With($"The object has {all.Length} programs that sample. Specify the event of "
                + $"each with {BpfOption.Event} @{{ {string.Join("; ", all.Select(Assignment))} }}, or one event for all of them. "
                + $"The events are: {string.Join(", ", PerfEvents.Names)}."));
        }

        static string Assignment(ProgramToAttach sampling) => $"{VisibleText.Escape(sampling.Name)} = '{PerfEvents.Default}'";
    }

    private static IEnumerable<(int Pid, int Cpu, string Suffix)> Places(ProgramToAttach program)
    {
        const int Any = -1;
        if (program.Options.ProcessIds.Count > 0)
        {
            return program.Options.ProcessIds.SelectMany(pid => Threads(program, pid))
                .Select(thread => (thread, Any, string.Create(CultureInfo.InvariantCulture, $"_{thread}")));
        }
        return (program.Options.Cpus.Count > 0 ? program.Options.Cpus : CpuList.Online())
            .Select(cpu => (Any, cpu, string.Create(CultureInfo.InvariantCulture, $"_{cpu}")));
    }

    private static int[] Threads(ProgramToAttach program, int pid)
    {
        try
        {
            return Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task"))
                .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)).ToArray();
        }
        catch (DirectoryNotFoundException)
        {
            throw new BpfException(BpfErrorKind.NotFound, $"{program.Operation}: there is no process {pid}.",
                BpfRemedy.To(BpfAdvice.ListProcesses), (int)BpfErrno.ESRCH);
        }
    }

    // unsafe: the attributes are a local struct that states its own size.
    private static unsafe FileDescriptor Open(ProgramToAttach program, int pid, int cpu)
    {
        var (type, config) = PerfEvents.Find(program);
        var options = program.Options;
        var attributes = new PerfEventAttributes
        {
            Type = type,
            Size = (uint)sizeof(PerfEventAttributes),
            Config = config,
            SamplePeriodOrFrequency = options.Period ?? options.Frequency ?? Asked(program) ?? DefaultFrequency,
            Flags = (options.Period is null ? IsFrequency : 0) | (pid >= 0 ? Inherit : 0),
        };
        var fd = Libc.syscall(Libc.PerfEventOpen, &attributes, pid, cpu, -1, CloseOnExec);
        if (fd >= 0)
        {
            return new FileDescriptor((int)fd);
        }
        var errno = Marshal.GetLastPInvokeError();
        var place = pid >= 0 ? string.Create(CultureInfo.InvariantCulture, $"thread {pid}")
            : string.Create(CultureInfo.InvariantCulture, $"CPU {cpu}");
        throw (BpfErrno)errno switch
        {
            BpfErrno.ENOENT or BpfErrno.EOPNOTSUPP or BpfErrno.ENODEV =>
                new BpfException(BpfErrorKind.NotSupported,
                $"{program.Operation} to {place}: this machine does not support the event "
                    + $"'{VisibleText.Escape(options.Event ?? PerfEvents.Default)}'.",
                "Virtual machines often have no hardware events. Use cpu-clock instead.", errno),
            BpfErrno.EINVAL => new BpfException(BpfErrorKind.InvalidArgument,
                $"{program.Operation} to {place}: the kernel rejected a sample rate of {attributes.SamplePeriodOrFrequency}.",
                "The maximum is in /proc/sys/kernel/perf_event_max_sample_rate.", errno),
            _ => HookErrors.From(program, -errno, place, capability: Capability.PerfMon),
        };
    }

    /// <summary>The value of the object's variable 'frequency', if it has one.</summary>
    private static ulong? Asked(ProgramToAttach program) =>
        program.File.Variables().FirstOrDefault(variable => variable.Name == "frequency")?.Value is uint hertz ? hertz : null;
}
