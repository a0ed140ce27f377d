using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS;

/// <summary>Attaches one program where its section says.</summary>
internal static class ProgramAttacher
{
    private const int PerfEventOpenX64 = 298;
    private const int PerfEventOpenGeneric = 241;
    private const uint PerfTypeSoftware = 1;
    private const ulong PerfCountSoftwareCpuClock = 0;
    private const ulong PerfFlagFrequency = 1 << 10; // perf_event_attr.freq
    private const nuint PerfOpenCloseOnExec = 8; // PERF_FLAG_FD_CLOEXEC
    private const uint DefaultFrequency = 99;

    /// <summary>The program's links: one, or one for each CPU that a sampling program samples.</summary>
    /// <exception cref="BpfException">The place does not exist, or the section does not say enough.</exception>
    public static IEnumerable<BpfLinkHandle> Attach(BpfObject obj, nint program)
    {
        var section = ObjectFile.Text(LibBpf.bpf_program__section_name(program));
        if (section is "perf_event" || section.StartsWith("perf_event/", StringComparison.Ordinal))
        {
            return AttachSampler(obj, program);
        }
        if (NeedsTraceFileSystem(section))
        {
            BpfFileSystem.MountTrace();
        }
        return [AttachBySection(program, section)];
    }

    /// <summary>Whether a section is attached through tracefs.</summary>
    public static bool NeedsTraceFileSystem(string section) =>
        section.StartsWith("tracepoint/", StringComparison.Ordinal) || section.StartsWith("tp/", StringComparison.Ordinal);

    private static BpfLinkHandle AttachBySection(nint program, string section)
    {
        var name = RecordText.Escape(ObjectFile.Text(LibBpf.bpf_program__name(program)));
        var link = LibBpf.bpf_program__attach(program);
        if (link != 0)
        {
            return new BpfLinkHandle(link);
        }
        var errno = Marshal.GetLastPInvokeError();
        var operation = $"Attaching program '{name}' (section {RecordText.Escape(section)})";
        throw (BpfErrno)errno switch
        {
            BpfErrno.EOPNOTSUPP => new BpfException(BpfErrorKind.NotSupported,
                $"{operation}: the section does not say where, or this kernel has no such attachment.",
                "Start it with -NoAttach to load it only.", errno),
            BpfErrno.ENOENT => new BpfException(BpfErrorKind.NotFound, $"{operation}: this kernel has no such place.",
                "Tracepoints are listed in /sys/kernel/tracing/available_events.", errno),
            _ => Errors.FromErrno(errno, operation),
        };
    }

    /// <summary>Samples every CPU that is online by its clock, as often as the object's frequency variable says.</summary>
    private static List<BpfLinkHandle> AttachSampler(BpfObject obj, nint program)
    {
        var frequency = obj.Variables.FirstOrDefault(variable => variable.Name == "frequency")?.Value is uint hertz ? hertz : DefaultFrequency;
        var links = new List<BpfLinkHandle>();
        try
        {
            foreach (var cpu in CpuList.Online())
            {
                using var fd = OpenPerfEvent(cpu, frequency);
                var link = LibBpf.bpf_program__attach_perf_event(program, fd.Number);
                if (link == 0)
                {
                    throw Errors.FromErrno(Marshal.GetLastPInvokeError(), string.Create(CultureInfo.InvariantCulture, $"Attaching a sampling program to CPU {cpu}"));
                }
                fd.SetHandleAsInvalid(); // the link closes it
                links.Add(new BpfLinkHandle(link));
            }
            return links;
        }
        catch
        {
            links.ForEach(link => link.Dispose());
            throw;
        }
    }

    private static unsafe FileDescriptor OpenPerfEvent(int cpu, uint frequency)
    {
        var attributes = new PerfEventAttributes
        {
            Type = PerfTypeSoftware,
            Size = (uint)sizeof(PerfEventAttributes),
            Config = PerfCountSoftwareCpuClock,
            SamplePeriodOrFrequency = frequency,
            Flags = PerfFlagFrequency,
        };
        var number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? PerfEventOpenX64 : PerfEventOpenGeneric;
        var fd = Libc.syscall(number, &attributes, -1, cpu, -1, PerfOpenCloseOnExec);
        return fd >= 0 ? new FileDescriptor((int)fd)
            : throw Errors.FromErrno(Marshal.GetLastPInvokeError(), string.Create(CultureInfo.InvariantCulture, $"Opening a perf event on CPU {cpu}"));
    }
}
