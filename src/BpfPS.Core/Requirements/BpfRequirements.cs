using System.Text;
using BpfPS.Attach;
using BpfPS.Features;
using BpfPS.Files;
using BpfPS.Loading;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Requirements;
using BpfPS.Verifier;

namespace BpfPS;

/// <summary>Checks whether an object file can be started here: its needs one by one, and a load that is undone at once.</summary>
public static class BpfRequirements
{
    private const int LogSize = 4 * 1024 * 1024;

    // A temporary shortage of resources does not say anything about the object.
    private static readonly BpfErrno[] s_passing = [BpfErrno.ENOMEM, BpfErrno.EMFILE, BpfErrno.ENFILE, BpfErrno.EAGAIN, BpfErrno.EINTR,
        BpfErrno.EBUSY, BpfErrno.ENOBUFS];

    /// <summary>Checks the needs of an object against this machine, starting with a load of the whole. Nothing stays loaded.</summary>
    /// <param name="path">A .bpf.o file.</param>
    /// <param name="attach">Whether the check includes attaching its programs, as starting it would.</param>
    /// <exception cref="BpfException">The file is missing, not a BPF object, damaged, or has no BTF.</exception>
    public static IReadOnlyList<BpfFeature> Check(string path, bool attach = true) => Check(path, attach, []);

    /// <summary>The same for some of an object's programs.</summary>
    /// <param name="path">A .bpf.o file.</param>
    /// <param name="attach">Whether the check includes attaching them.</param>
    /// <param name="programs">Their names; empty for all.</param>
    internal static IReadOnlyList<BpfFeature> Check(string path, bool attach, IReadOnlyList<string> programs)
    {
        using var file = ObjectFile.Open(path, ObjectFile.NameOf(path), logger: null);
        file.SelectPrograms(programs);
        if (programs.Count == 0)
        {
            Alternatives.Choose(file, new BpfAttachOptions()); // a start does not load the others either
        }
        var (types, relocations) = FileTypes.Read(path);
        var needs = new ObjectNeeds(file, types);
        file.CompleteStackMaps();
        var (unplaced, places) = Prepare(file, attach);
        var loaded = Load(file, ObjectFile.NameOf(path));
        if (loaded.Support == BpfSupport.Yes && unplaced.Count > 0)
        {
            loaded = With(loaded, BpfSupport.Unknown,
                $"{string.Join(", ", unplaced)} cannot be loaded without an attach point, which is specified at the start");
        }
        BpfFeature[] parts =
        [
            .. needs.ProgramTypes(), .. needs.MapTypes(), .. needs.Helpers(), .. needs.KernelFunctions(),
            .. loaded.Support != BpfSupport.Yes && KernelTypes.Index is { } kernel
                ? RelocationCheck.Missing(types, relocations, kernel)
                : [],
        ];
        IEnumerable<BpfFeature> rows = [loaded, .. loaded.Support switch
        {
            // If the kernel accepts the whole it accepts all parts, and the code never reaches those that it lacks.
            BpfSupport.Yes => parts.Where(part => part.Support != BpfSupport.No).Select(part => With(part, BpfSupport.Yes, null)),
            // Only the verifier knows whether the code reaches the missing parts.
            BpfSupport.Unknown => parts.Select(part => part.Support == BpfSupport.No
                && part.Category is (BpfFeatureCategory.Helper or BpfFeatureCategory.KernelFunction or BpfFeatureCategory.Btf)
                ? With(part, BpfSupport.Unknown, part.Reason)
                : part),
            _ => parts,
        }];
        return [.. rows, .. attach ? needs.AttachTypeProbes() : [], .. places];
    }

    /// <summary>Prepares the programs as starting them would, and checks that the attach points in their section names exist.</summary>
    /// <returns>The programs that cannot be loaded without an attach point, which the load skips, and the attach points that do
    /// not exist.</returns>
    private static (List<string> Unplaced, List<BpfFeature> Places) Prepare(ObjectFile file, bool attach)
    {
        var (unplaced, places) = (new List<string>(), new List<BpfFeature>());
        foreach (var pointer in file.Programs().Where(LibBpf.bpf_program__autoload))
        {
            var program = new ProgramToAttach(pointer, file, new BpfAttachOptions());
            KnownSections.Declare(program);
            if (program.Type == "unspec")
            {
                continue; // its section has a row of its own
            }
            try
            {
                ProgramAttacher.Prepare(program, attach: false);
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.InvalidArgument)
            {
                unplaced.Add($"program '{VisibleText.Escape(program.Name)}' (section {VisibleText.Escape(program.Section)})");
                Errors.ThrowIfNegative(LibBpf.bpf_program__set_autoload(pointer, false), "Skipping a program");
                continue;
            }
            catch (BpfException e)
            {
                places.Add(new BpfFeature(BpfFeatureCategory.AttachType, program.Section, BpfSupport.No, e.Message));
                continue;
            }
            if (attach && Missing(program) is { } missing)
            {
                places.Add(new BpfFeature(BpfFeatureCategory.AttachType, program.Section, BpfSupport.No, missing.Message));
            }
        }
        return (unplaced, places);
    }

    /// <summary>The reason why a program cannot be attached to the attach point in its section name; null if none is known.</summary>
    private static BpfException? Missing(ProgramToAttach program)
    {
        try
        {
            ProgramAttacher.Prepare(program, attach: true);
            return ProgramAttacher.Look(program);
        }
        catch (BpfException e) when (e.Kind == BpfErrorKind.InvalidArgument)
        {
            return null; // the user specifies the rest when the program starts
        }
        catch (BpfException e)
        {
            return e;
        }
    }

    // unsafe: the log is pinned until the load that writes it has returned.
    private static unsafe BpfFeature Load(ObjectFile file, string name)
    {
        try
        {
            MapMemory.Require(file);
        }
        catch (BpfException e)
        {
            return Row(name, ProbeResult.Unknown(e.Message.TrimEnd('.')));
        }
        var warnings = new List<string>();
        using var messages = LibBpfMessages.To(new DelegateLogger((level, text) =>
        {
            if (level == BpfMessageLevel.Warning)
            {
                warnings.Add(text);
            }
        }));
        var log = GC.AllocateUninitializedArray<byte>(LogSize, pinned: true);
        log[0] = 0;
        int result;
        fixed (byte* buffer = log)
        {
            foreach (var program in file.Programs())
            {
                _ = LibBpf.bpf_program__set_log_buf(program, (nint)buffer, LogSize);
            }
            foreach (var map in file.Maps())
            {
                _ = ProbeCalls.bpf_map__set_pin_path(map, 0); // a map that is shared by name would stay in the kernel
            }
            result = LibBpf.bpf_object__load(file.Handle);
            foreach (var program in file.Programs())
            {
                _ = LibBpf.bpf_program__set_log_buf(program, 0, 0);
            }
        }
        if (result >= 0)
        {
            return Row(name, ProbeResult.Yes);
        }
        var text = Encoding.UTF8.GetString(log.AsSpan(0, Math.Max(0, log.AsSpan().IndexOf((byte)0))));
        return Row(name, Judge(-result, text, warnings));
    }

    private static ProbeResult Judge(int errno, string log, List<string> warnings)
    {
        if (log.Length > 0 && VerifierLog.Parse(log).Reason is { Length: > 0 } reason)
        {
            return ProbeResult.No($"the verifier rejects the object: {VisibleText.Escape(reason)}");
        }
        if ((BpfErrno)errno is BpfErrno.EPERM or BpfErrno.EACCES)
        {
            return ProbeResult.Refused(errno, [Capability.Bpf, Capability.PerfMon, Capability.NetAdmin], "loading the object");
        }
        // libbpf's first warning is the cause; the later ones are consequences.
        var cause = warnings.Select(text => text.Split('\n')[0]).FirstOrDefault(text => text.Length > 0) is { } first
            ? VisibleText.Escape(first.StartsWith("libbpf: ", StringComparison.Ordinal) ? first[8..] : first)
            : null;
        return s_passing.Contains((BpfErrno)errno)
            ? ProbeResult.Unknown($"{ErrnoText.Describe(errno)}{(cause is null ? "" : $" ({cause})")}")
            : ProbeResult.No(cause ?? ErrnoText.Describe(errno));
    }

    private static BpfFeature With(BpfFeature part, BpfSupport support, string? reason) =>
        new(part.Category, part.Name, support, reason) { ProgramType = part.ProgramType, Since = part.Since };

    private static BpfFeature Row(string name, ProbeResult result) => new(BpfFeatureCategory.Object, name, result.Support, result.Reason);
}
