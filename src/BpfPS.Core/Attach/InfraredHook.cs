using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Programs that decode the signals of an infrared receiver (lirc_mode2). They have no link; a call detaches them.</summary>
internal sealed class InfraredHook : ProgramHook
{
    private const string Devices = "/dev";

    public override bool Takes(ProgramToAttach program) => program.Type == "lirc_mode2";

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => ["Target"];

    public override bool NamesPlace(ProgramToAttach program) => false;

    public override void Check(ProgramToAttach program) => Open(program).Dispose();

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        using var device = Open(program);
        var result = LibBpf.bpf_prog_attach(program.Descriptor, device.Number, (int)AttachTypes.InfraredMode2, 0);
        yield return result >= 0 ? ProgramCalls.DetachLater(program, device, AttachTypes.InfraredMode2)
            : throw HookErrors.From(program, result, $"device {program.Options.Target}");
    }

    private static FileDescriptor Open(ProgramToAttach program)
    {
        var path = program.Options.Target
            ?? throw program.Missing("infrared receiver",
                BpfRemedy.With($"Specify its device with {BpfOption.Target}, such as /dev/lirc0."));
        var result = path.Contains('\0', StringComparison.Ordinal) ? -1
            : Libc.open(path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec);
        return result >= 0 ? new FileDescriptor(result)
            : throw HookNames.Missing(program.Operation, "device", path, Directory.EnumerateFiles(Devices, "lirc*"),
                "This machine has no infrared receiver (/dev/lirc*).", Marshal.GetLastPInvokeError());
    }
}
