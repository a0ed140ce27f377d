using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>
/// A program on a tracepoint: a kernel link to a perf event. The link takes the program off when it is closed. The perf event has no
/// program then, but for closing it, the kernel waits once more, for one perf event after the other. That is left to a thread.
/// </summary>
// unsafe: the attributes are a local struct that states its own size.
internal sealed unsafe class TracepointAttachment : Attachment
{
    private const uint TracepointType = 2; // PERF_TYPE_TRACEPOINT
    private const nuint CloseOnExec = 8; // PERF_FLAG_FD_CLOEXEC
    private const int Any = -1;

    private readonly FileDescriptor _link;
    private readonly FileDescriptor _perfEvent;

    private TracepointAttachment(FileDescriptor link, FileDescriptor perfEvent) : base("") => (_link, _perfEvent) = (link, perfEvent);

    public override int Descriptor => _link.IsClosed ? -1 : _link.Number;

    public override bool IsSlowToDetach => true;

    /// <summary>Attaches a program to the tracepoint that it names. libbpf does the same, but keeps the perf event to itself.</summary>
    /// <returns>Null if that fails. libbpf then says why, or has an older way.</returns>
    public static TracepointAttachment? TryAttach(ProgramToAttach program)
    {
        if (Number(program.Place) is not { } number)
        {
            return null;
        }
        var attributes = new PerfEventAttributes { Type = TracepointType, Size = (uint)sizeof(PerfEventAttributes), Config = number };
        var opened = Libc.syscall(Libc.PerfEventOpen, &attributes, Any, 0, -1, CloseOnExec);
        if (opened < 0)
        {
            return null;
        }
        var perfEvent = new FileDescriptor((int)opened);
        var link = program.CreateLink((uint)opened, fill: request => request with { AttachType = AttachTypes.PerfEvent });
        if (link >= 0)
        {
            return new TracepointAttachment(new FileDescriptor(link), perfEvent);
        }
        perfEvent.Dispose();
        return null;
    }

    public override void Dispose()
    {
        _link.Dispose();
        if (!_perfEvent.IsClosed)
        {
            PerfEventCloser.Close(_perfEvent);
        }
    }

    /// <summary>The number of a tracepoint; null if it cannot be read.</summary>
    /// <param name="place">Its category and name, with a slash between them.</param>
    private static ulong? Number(string place)
    {
        if (place.Split('/') is not [{ Length: > 0 } category, { Length: > 0 } name] || category[0] == '.' || name[0] == '.')
        {
            return null;
        }
        foreach (var folder in BpfFileSystem.TracePlaces)
        {
            try
            {
                return ulong.Parse(File.ReadAllText($"{folder}/events/{category}/{name}/id"), CultureInfo.InvariantCulture);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
            {
                continue; // tracefs may be in the other place
            }
        }
        return null;
    }
}
