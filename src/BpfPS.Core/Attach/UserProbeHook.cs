using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Programs on functions and probes of files: uprobes, multi-uprobes, and USDT.</summary>
internal sealed class UserProbeHook : ProgramHook
{
    private const int EveryProcess = -1;

    private static readonly string[] s_single = ["uprobe", "uretprobe", "uprobe.s", "uretprobe.s"];
    private static readonly string[] s_multi = ["uprobe.multi", "uretprobe.multi", "uprobe.multi.s", "uretprobe.multi.s", "uprobe.session",
        "uprobe.session.s"];
    private static readonly string[] s_usdt = ["usdt", "usdt.s"];

    public override bool Takes(ProgramToAttach program) =>
        s_single.Contains(program.Kind) || s_multi.Contains(program.Kind) || s_usdt.Contains(program.Kind);

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => ["Target", "ProcessId"];

    public override void Check(ProgramToAttach program)
    {
        var (path, _) = PlaceOf(program);
        var found = ProgramFiles.Find(path) ?? throw NoFile(program, path);
        if (FileAccessRights.WhyRefused(found, FileUse.Read) is not null)
        {
            throw FileAccessRights.Error((int)BpfErrno.EACCES, $"{program.Operation}: reading '{VisibleText.Escape(found)}'", found,
                FileUse.Read);
        }
        if (!ElfSymbols.IsElf(found))
        {
            throw ScriptFile.Explain(program.Operation, found, ProgramFiles.Find) ?? new BpfException(BpfErrorKind.InvalidArgument,
                $"{program.Operation}: '{VisibleText.Escape(found)}' is not a program or library.",
                "Specify the path of a readable ELF file.");
        }
        foreach (var pid in program.Options.ProcessIds.Where(pid =>
            !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"))))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"{program.Operation}: there is no process {pid}.",
                BpfRemedy.To(BpfAdvice.ListProcesses), (int)BpfErrno.ESRCH);
        }
    }

    /// <summary>
    /// The error for a function or probe that the file certainly does not have; null if it has it, or if only an attempt can show it.
    /// </summary>
    public static BpfException? Look(ProgramToAttach program)
    {
        var (path, place) = PlaceOf(program);
        if (ProgramFiles.Find(path) is not { } found)
        {
            return NoFile(program, path);
        }
        var known = s_usdt.Contains(program.Kind) ? ElfSymbols.Probes(found) : ElfSymbols.Functions(found);
        var name = s_single.Contains(program.Kind) ? place.Split('+')[0] : place;
        return known.Count == 0 || known.Contains(name) || s_multi.Contains(program.Kind)
            || name.StartsWith("0x", StringComparison.Ordinal) ? null
            : Failed(program, found, place, (int)BpfErrno.ENOENT);
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        var (named, place) = PlaceOf(program);
        var path = ProgramFiles.Find(named) ?? named;
        var pids = program.Options.ProcessIds.Count > 0 ? program.Options.ProcessIds : [EveryProcess];
        foreach (var pid in pids)
        {
            var suffix = pids.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"_{pid}");
            var word = program.Kind;
            for (var site = 0; site < program.Options.UserSites.Count; site++)
            {
                var at = Site(program, pid, path, site);
                yield return at != 0
                    ? new LinkAttachment(new BpfLinkHandle(at), string.Create(CultureInfo.InvariantCulture, $"{suffix}_{site}"))
                    : throw Failed(program, path, place, Marshal.GetLastPInvokeError());
            }
            if (program.Options.UserSites.Count > 0)
            {
                continue;
            }
            var link = s_usdt.Contains(word) ? Usdt(program, pid, path, place) : s_multi.Contains(word) ? Multi(program, pid, path, place)
                : Uprobe(program, pid, path, place);
            var errno = Marshal.GetLastPInvokeError();
            var handle = link != 0 ? new BpfLinkHandle(link) : throw Failed(program, path, place, errno);
            yield return s_usdt.Contains(word) ? new CompositeAttachment(handle, suffix)
                : new LinkAttachment(handle, suffix, HookErrors.IsByPerfEvent(program));
        }
    }

    private static nint Usdt(ProgramToAttach program, int pid, string path, string place)
    {
        if (program.File.Maps().All(map => ObjectFile.Text(LibBpf.bpf_map__name(map)) != "__bpf_usdt_specs"))
        {
            throw new BpfException(BpfErrorKind.InvalidData,
                $"{program.Operation}: the object does not have the maps that libbpf needs for USDT.",
                "Include <bpf/usdt.bpf.h> in the program, and read the probe's arguments with BPF_USDT().");
        }
        return place.Split(':') is [var provider, var name] ? LibBpf.bpf_program__attach_usdt(program.Pointer, pid, path, provider, name, 0)
            : throw program.Missing("USDT probe", "Specify path:provider:name.");
    }

    // unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
    private static unsafe nint Uprobe(ProgramToAttach program, int pid, string path, string place)
    {
        var (function, offset) = ProbeOffset.Split(program, place);
        var isAddress = function.StartsWith("0x", StringComparison.Ordinal);
        var name = isAddress ? 0 : Marshal.StringToCoTaskMemUTF8(function);
        try
        {
            var options = new UprobeOptions { Size = (nuint)sizeof(UprobeOptions), IsReturn = IsReturn(program), FunctionName = name };
            return LibBpf.bpf_program__attach_uprobe_opts(program.Pointer, pid, path,
                offset + (isAddress ? ProbeOffset.Number(program, function) : 0), &options);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    // unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
    private static unsafe nint Site(ProgramToAttach program, int pid, string path, int number)
    {
        var (offset, counter) = program.Options.UserSites[number];
        var options = new UprobeOptions { Size = (nuint)sizeof(UprobeOptions), ReferenceCounterOffset = (nuint)counter,
            Cookie = (ulong)number };
        return LibBpf.bpf_program__attach_uprobe_opts(program.Pointer, pid, path, (nuint)offset, &options);
    }

    // unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
    private static unsafe nint Multi(ProgramToAttach program, int pid, string path, string pattern)
    {
        var options = new UprobeMultiOptions { Size = (nuint)sizeof(UprobeMultiOptions), IsReturn = IsReturn(program),
            IsSession = (byte)(program.Kind.StartsWith("uprobe.session", StringComparison.Ordinal) ? 1 : 0) };
        return LibBpf.bpf_program__attach_uprobe_multi(program.Pointer, pid, path, pattern, &options);
    }

    private static byte IsReturn(ProgramToAttach program) =>
        (byte)(program.Section.StartsWith("uretprobe", StringComparison.Ordinal) ? 1 : 0);

    private static BpfException Failed(ProgramToAttach program, string path, string place, int errno)
    {
        var (isUsdt, isMulti) = (s_usdt.Contains(program.Kind), s_multi.Contains(program.Kind));
        return (BpfErrno)errno switch
        {
            BpfErrno.ENOENT or BpfErrno.ESRCH when isUsdt =>
                HookNames.Missing(program.Operation, "probe", place, ElfSymbols.Probes(path),
                ElfSymbols.Probes(path).Count == 0 ? $"{VisibleText.Escape(path)} has no USDT probes." : null, errno),
            BpfErrno.ENOENT or BpfErrno.ESRCH =>
                HookNames.Missing(program.Operation, "function", isMulti ? place : ProbeOffset.Split(program, place).Function,
                    ElfSymbols.Functions(path), ElfSymbols.Functions(path).Count == 0
                        ? "The file has no symbols of functions. Specify path:0xaddress."
                        : $"'nm {VisibleText.Escape(path)}' and 'nm -D {VisibleText.Escape(path)}' list its functions.", errno,
                    VisibleText.Escape(path)),
            BpfErrno.EINVAL or BpfErrno.EOPNOTSUPP when HookErrors.TooOld(program, errno) is { } tooOld => tooOld,
            _ when HookErrors.IsDenied(errno) => HookErrors.Denied(program, errno),
            _ => Errors.FromErrno(errno, program.Operation),
        };
    }

    /// <summary>Whether the section names a file.</summary>
    public override bool NamesPlace(ProgramToAttach program) => program.PlaceInSection.Contains(':');

    private static (string Path, string Place) PlaceOf(ProgramToAttach program)
    {
        var section = program.PlaceInSection;
        if (program.Options.Target is not { } text)
        {
            return section.Contains(':') ? InFile(program, section) ?? throw NoPlace(program, section)
                : throw program.Missing("attach point",
                    BpfRemedy.With($"Specify {BpfOption.Target} path:function (USDT: path:provider:name)."));
        }
        // The section may name the function or probe, and the target only its file.
        var place = section.Contains(':') ? InFile(program, section)?.Place ?? "" : s_usdt.Contains(program.Kind) ? "" : section;
        return place.Length > 0 && ProgramFiles.Find(text) is not null ? (text, place)
            : InFile(program, text) ?? throw NoPlace(program, text);
    }

    private static BpfException NoFile(ProgramToAttach program, string path) => HookNames.Missing(program.Operation, "file", path,
        ProgramFiles.Near(path), "Specify a path, or the name of a program or library.");

    private static BpfException NoPlace(ProgramToAttach program, string text) => new(BpfErrorKind.InvalidArgument,
        $"{program.Operation}: '{VisibleText.Escape(text)}' does not name a function or probe in a file.",
        "Specify path:function, path:function+offset, or for USDT path:provider:name.");

    /// <summary>
    /// The file and the place in it. A file's name may have colons too, so of several ways to read it the one that leads to a file is
    /// meant. Null if there is no colon between two parts.
    /// </summary>
    private static (string Path, string Place)? InFile(ProgramToAttach program, string text)
    {
        // A probe's place has a colon of its own, between provider and name.
        var parts = s_usdt.Contains(program.Kind) ? 2 : 1;
        var ways = Enumerable.Range(1, Math.Max(0, text.Length - 2)).Where(at => text[at] == ':')
            .Select(at => (Path: text[..at], Place: text[(at + 1)..])).ToArray();
        return ways.Length == 0 ? null
            : ways.LastOrDefault(way => way.Place.Count(c => c == ':') == parts - 1 && ProgramFiles.Find(way.Path) is not null) is
                { Path: not null } way ? way : ways[0];
    }
}
