using BpfPS.Attach;
using BpfPS.Btf;
using BpfPS.Features;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Verifier;

namespace BpfPS.Loading;

/// <summary>Loads the programs and maps of an object file, and turns the verifier's log into an error.</summary>
internal static class ProgramLoader
{
    // Unused space costs nothing. The first size holds almost every log. A loop of a million instructions writes about 80 MiB.
    // The last size is the most that one error may cost.
    private static readonly int[] s_logSizes = [16 << 20, 128 << 20, 512 << 20];

    /// <summary>Loads an object.</summary>
    /// <param name="file">The object.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="options">Where to attach its programs, for errors.</param>
    /// <param name="reopen">Opens the object again for another attempt.</param>
    /// <exception cref="BpfVerifierException">The verifier rejected a program.</exception>
    /// <exception cref="BpfException">Something else failed.</exception>
    public static void Load(ObjectFile file, string name, BpfAttachOptions options, Func<ObjectFile> reopen)
    {
        using var first = new VerifierLogBuffer(s_logSizes[0]);
        var watch = new LoadWatch();
        var result = Load(file, first, watch);
        if (result >= 0)
        {
            return;
        }
        if (first.IsEmpty || HasNoReason(first))
        {
            throw Failed(file, name, options, result, watch);
        }
        // The kernel truncated the log: at its start as of Linux 6.4, at its end (which has the reason) before that.
        if (-result == (int)BpfErrno.ENOSPC && first.IsFull)
        {
            foreach (var size in s_logSizes[1..])
            {
                if (Again(reopen, size) is { } whole)
                {
                    throw whole;
                }
            }
        }
        throw TooOld(file, options, result, first, watch) ?? Rejected(file, result, first, watch);
    }

    /// <summary>Whether the log has only the verifier's statistics: the kernel refused the program for what it attaches to.</summary>
    private static bool HasNoReason(VerifierLogBuffer log) => !log.IsFull && VerifierLog.Parse(log.Text()).Reason.Length == 0;

    /// <summary>
    /// The error for a hook that this kernel is too old for: it rejects the program before the first instruction, with a misleading
    /// log. Null for any other failure.
    /// </summary>
    private static BpfException? TooOld(ObjectFile file, BpfAttachOptions options, int result, VerifierLogBuffer log, LoadWatch watch)
    {
        var failed = FailedProgram(file, watch);
        var program = failed == 0 ? null : new ProgramToAttach(failed, file, options);
        return program is not null && KernelSince.IsTooOld(program.Section) && VerifierLog.Parse(log.Text()).Instruction is null
            ? HookErrors.TooOld(program, -result) : null;
    }

    /// <summary>Loads the object again to get the whole log. Null if the log still did not fit.</summary>
    private static BpfVerifierException? Again(Func<ObjectFile> reopen, int size)
    {
        try
        {
            using var messages = LibBpfMessages.To(null);
            using var log = new VerifierLogBuffer(size);
            using var file = reopen();
            var watch = new LoadWatch();
            var result = Load(file, log, watch);
            return result >= 0 || log.IsEmpty || log.IsFull ? null : Rejected(file, result, log, watch);
        }
        catch (OutOfMemoryException)
        {
            return null; // The truncated log is more useful than this error.
        }
    }

    private static int Load(ObjectFile file, VerifierLogBuffer log, LoadWatch watch)
    {
        using var messages = LibBpfMessages.To(watch);
        foreach (var program in file.Programs())
        {
            _ = LibBpf.bpf_program__set_log_buf(program, log.Address, log.Size);
        }
        var result = LibBpf.bpf_object__load(file.Handle);
        if (result >= 0)
        {
            file.UnmapVariables();
        }
        foreach (var program in file.Programs())
        {
            _ = LibBpf.bpf_program__set_log_buf(program, 0, 0); // The buffer is freed before the object.
        }
        return result;
    }

    /// <summary>The program that failed, or the only one that can have failed; 0 if it was not a program.</summary>
    private static nint FailedProgram(ObjectFile file, LoadWatch watch)
    {
        var programs = file.Programs().Where(LibBpf.bpf_program__autoload).ToArray();
        return watch.Program is { } name ? programs.FirstOrDefault(program => ObjectFile.Text(LibBpf.bpf_program__name(program)) == name)
            : watch.Map is null && programs.Length == 1 ? programs[0] : 0;
    }

    private static BpfVerifierException Rejected(ObjectFile file, int result, VerifierLogBuffer log, LoadWatch watch)
    {
        var text = log.Text();
        var parsed = VerifierLog.Parse(text);
        var types = parsed.Helper is { } helper ? TypesThatMayCall(helper) : null;
        var failed = FailedProgram(file, watch);
        var program = failed == 0 ? watch.Program ?? "" : ObjectFile.Text(LibBpf.bpf_program__name(failed));
        var line = parsed.SourceFile is null ? PlaceOf(file, program, parsed) : null;
        var lockdown = types is { Count: 0 } && parsed.Helper is { } refused ? Privileges.LockdownOf(refused.Split('#')[0]) : null;
        return new BpfVerifierException(program, -result, text, parsed, types, log.IsFull, line, lockdown);
    }

    /// <summary>Probes the kernel. libbpf's messages about the probes are suppressed, because they do not concern the object.</summary>
    private static IReadOnlyList<string> TypesThatMayCall(string helper)
    {
        using var messages = LibBpfMessages.To(null);
        return HelperProbes.TypesThatMayCall(helper);
    }

    /// <summary>
    /// The source line from the object, if the log does not have it: kernels before 6.10 only log its text, and errors found before
    /// the instructions are checked have no line. Null if the log and the object disagree.
    /// </summary>
    private static BtfLine? PlaceOf(ObjectFile file, string program, VerifierLog log)
    {
        var lines = file.ReadLineInfo();
        var line = log.Instruction is { } instruction ? lines.Find(program, instruction.Index) : null;
        return log.SourceText is null ? line : line?.Text == log.SourceText ? line : lines.Find(log.SourceText);
    }

    private static BpfException Failed(ObjectFile file, string name, BpfAttachOptions options, int result, LoadWatch watch)
    {
        var operation = $"Loading '{VisibleText.Escape(name)}'";
        if (watch.MissingSymbol is { } missing)
        {
            return new BpfException(BpfErrorKind.NotSupported,
                $"{operation}: the object requires the {missing.Kind} '{VisibleText.Escape(missing.Name)}', "
                    + "which this kernel does not provide to BPF programs.",
                new($"If '{VisibleText.Escape(missing.Name)}' is declared __weak, the object's other programs load without it.",
                    BpfAdvice.CheckObject), -result);
        }
        if (watch.Map is { } map)
        {
            return LoadErrors.ExplainMap(file, map, operation, -result, watch);
        }
        var failed = FailedProgram(file, watch);
        if (failed != 0 && LoadErrors.Explain(new ProgramToAttach(failed, file, options), -result) is { } reason)
        {
            return reason;
        }
        var error = Errors.FromErrno(-result, failed == 0 ? operation
            : $"{operation}, program '{VisibleText.Escape(ObjectFile.Text(LibBpf.bpf_program__name(failed)))}'");
        return error.Advised is not null ? error : LoadErrors.WithReason(error, watch, BpfRemedy.To(BpfAdvice.ShowMessages));
    }
}
