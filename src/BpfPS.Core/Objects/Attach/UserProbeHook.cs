using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS;

/// <summary>uprobes and USDT probes for processes, or whose file comes with -Target; those of all processes that name their file are libbpf's own.</summary>
internal sealed class UserProbeHook : ProgramHook
{
    private const int EveryProcess = -1;

    public override bool Takes(ProgramToAttach program) => Kind(program.Section) is not null && (program.Options.ProcessIds.Count > 0 || !program.Section.Contains('/'));

    public override void Check(ProgramToAttach program)
    {
        Place(program);
        foreach (var pid in program.Options.ProcessIds.Where(pid => !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"))))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"{program.Operation}: there is no process {pid}.", "Get-Process lists the processes.", (int)BpfErrno.ESRCH);
        }
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        var (path, place) = Place(program);
        var pids = program.Options.ProcessIds.Count > 0 ? program.Options.ProcessIds : [EveryProcess];
        foreach (var pid in pids)
        {
            var suffix = pids.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"_{pid}");
            yield return new LinkAttachment(SectionHook.Taken(program, Kind(program.Section) == "usdt" ? Usdt(program, pid, path, place) : Uprobe(program, pid, path, place)), suffix);
        }
    }

    private static string? Kind(string section)
    {
        var word = section.Split('/')[0];
        return word is "uprobe" or "uretprobe" or "uprobe.s" or "uretprobe.s" or "usdt" or "usdt.s" ? word.Split('.')[0] : null;
    }

    private static nint Usdt(ProgramToAttach program, int pid, string path, string place) => place.Split(':') is [var provider, var name]
        ? LibBpf.bpf_program__attach_usdt(program.Pointer, pid, path, provider, name, 0)
        : throw program.Missing("which probe", "Give it as path:provider:name.");

    private static unsafe nint Uprobe(ProgramToAttach program, int pid, string path, string place)
    {
        var plus = place.LastIndexOf('+');
        var function = plus < 0 ? place : place[..plus];
        var offset = plus < 0 ? 0 : Number(program, place[(plus + 1)..]);
        var isAddress = function.StartsWith("0x", StringComparison.Ordinal);
        var name = isAddress ? 0 : Marshal.StringToCoTaskMemUTF8(function);
        try
        {
            var options = new UprobeOptions { Size = (nuint)sizeof(UprobeOptions), IsReturn = (byte)(Kind(program.Section) == "uretprobe" ? 1 : 0), FunctionName = name };
            return LibBpf.bpf_program__attach_uprobe_opts(program.Pointer, pid, path, offset + (isAddress ? Number(program, function) : 0), &options);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    private static nuint Number(ProgramToAttach program, string text) =>
        nuint.TryParse(text.StartsWith("0x", StringComparison.Ordinal) ? text.AsSpan(2) : text, text.StartsWith("0x", StringComparison.Ordinal) ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : throw new BpfException(BpfErrorKind.InvalidArgument, $"{program.Operation}: '{RecordText.Escape(text)}' is no offset.", "Give path:function, path:function+offset or path:0xaddress.");

    private static (string Path, string Place) Place(ProgramToAttach program)
    {
        var slash = program.Section.IndexOf('/');
        var text = slash < 0 ? program.Options.Target ?? throw program.Missing("where", "Say it with -Target path:function (USDT: path:provider:name).") : program.Section[(slash + 1)..];
        var colon = text.IndexOf(':');
        return colon > 0 && colon < text.Length - 1 ? (text[..colon], text[(colon + 1)..])
            : throw new BpfException(BpfErrorKind.InvalidArgument, $"{program.Operation}: '{RecordText.Escape(text)}' is no place in a file.", "Give path:function, path:function+offset, or for USDT path:provider:name.");
    }
}
