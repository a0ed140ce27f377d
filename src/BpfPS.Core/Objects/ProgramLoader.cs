using System.Text.RegularExpressions;
using BpfPS.Btf;
using BpfPS.Native;
using BpfPS.Verifier;

namespace BpfPS;

/// <summary>Loads the programs and maps of an object file, and makes an error of the verifier's log.</summary>
internal static partial class ProgramLoader
{
    // What the kernel does not write costs nothing. The first holds almost every log; a loop of a million instructions
    // writes some 80 MiB. The last is as much as one error may cost.
    private static readonly int[] LogSizes = [16 << 20, 128 << 20, 512 << 20];

    /// <summary>Loads an object.</summary>
    /// <param name="file">The object.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="reopen">Opens the object again, for another try.</param>
    /// <exception cref="BpfVerifierException">The verifier rejected a program.</exception>
    /// <exception cref="BpfException">Something else failed.</exception>
    public static void Load(ObjectFile file, string name, Func<ObjectFile> reopen)
    {
        using var first = new VerifierLogBuffer(LogSizes[0]);
        LibBpfMessages.Forget();
        var result = Load(file, first);
        if (result >= 0)
        {
            return;
        }
        if (first.IsEmpty)
        {
            throw Failed(file, name, result);
        }
        // The kernel cut the log: since Linux 6.4 at its beginning, before that at its end, where the reason is.
        if (-result == (int)BpfErrno.ENOSPC && first.IsFull)
        {
            foreach (var size in LogSizes[1..])
            {
                if (Again(reopen, size) is { } whole)
                {
                    throw whole;
                }
            }
        }
        throw Rejected(file, result, first);
    }

    /// <summary>Loads the object anew for the sake of the log. Null when it did not fit again.</summary>
    private static BpfVerifierException? Again(Func<ObjectFile> reopen, int size)
    {
        try
        {
            using var messages = LibBpfMessages.To(null);
            using var log = new VerifierLogBuffer(size);
            using var file = reopen();
            var result = Load(file, log);
            return result >= 0 || log.IsEmpty || log.IsFull ? null : Rejected(file, result, log);
        }
        catch (OutOfMemoryException)
        {
            return null; // the log that is there, cut as it is, says more than this
        }
    }

    private static int Load(ObjectFile file, VerifierLogBuffer log)
    {
        foreach (var program in file.Programs())
        {
            _ = LibBpf.bpf_program__set_log_buf(program, log.Address, log.Size);
        }
        var result = LibBpf.bpf_object__load(file.Handle);
        foreach (var program in file.Programs())
        {
            _ = LibBpf.bpf_program__set_log_buf(program, 0, 0); // the buffer goes before the object
        }
        return result;
    }

    /// <summary>Programs are loaded in order: the first that has no descriptor is the one that failed.</summary>
    private static nint FailedProgram(ObjectFile file) =>
        file.Programs().Where(LibBpf.bpf_program__autoload).FirstOrDefault(program => LibBpf.bpf_program__fd(program) < 0);

    private static BpfVerifierException Rejected(ObjectFile file, int result, VerifierLogBuffer log)
    {
        var text = log.Text();
        var parsed = VerifierLog.Parse(text);
        var types = parsed.Helper is { } helper ? HelperProbe.TypesThatHave(helper) : null;
        var program = ObjectFile.Text(LibBpf.bpf_program__name(FailedProgram(file)));
        return new BpfVerifierException(program, -result, text, parsed, types, log.IsFull, parsed.SourceFile is null ? PlaceOf(file, program, parsed) : null);
    }

    /// <summary>
    /// The line that the log does not have, from the object: kernels before 6.10 give the text only, and what is found
    /// before the program is walked has no line. Null where the two do not agree.
    /// </summary>
    private static BtfLine? PlaceOf(ObjectFile file, string program, VerifierLog log)
    {
        var lines = file.ReadLineInfo();
        var line = log.Instruction is { } instruction ? lines.Find(program, instruction.Index) : null;
        return log.SourceText is null ? line : line?.Text == log.SourceText ? line : lines.Find(log.SourceText);
    }

    private static BpfException Failed(ObjectFile file, string name, int result)
    {
        var operation = $"Loading '{RecordText.Escape(name)}'";
        if (LibBpfMessages.Warnings.Select(warning => MissingSymbol().Match(warning)).FirstOrDefault(match => match.Success) is { } missing)
        {
            // libbpf looks for them before it loads the first program, and says no more than EINVAL or ESRCH.
            var (kind, symbol) = (missing.Groups[1].Value == "func" ? "function" : "variable", RecordText.Escape(missing.Groups[2].Value));
            return new BpfException(BpfErrorKind.NotSupported, $"{operation}: this kernel has no {kind} '{symbol}' for programs, and the object cannot do without.",
                $"Test-BpfFeature -Object lists all that it lacks. Where '{symbol}' is declared __weak, the object's other programs load without it.", -result);
        }
        var failed = FailedProgram(file);
        var error = Errors.FromErrno(-result, failed == 0 ? operation : $"{operation}, program '{RecordText.Escape(ObjectFile.Text(LibBpf.bpf_program__name(failed)))}'");
        return error.Remedy is not null ? error
            : new BpfException(error.Kind, error.Message, "-Verbose and -Debug show what libbpf says about it.", -result);
    }

    [GeneratedRegex(@"extern \((func|var) ksym\) '([^']+)': not found")]
    private static partial Regex MissingSymbol();
}
