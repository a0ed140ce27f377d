using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using System.Text;
using BpfPS.Compilation;
using BpfPS.Native;

namespace BpfPS;

/// <summary>Compiles C sources to BPF objects, and each content only once.</summary>
public static partial class BpfCompiler
{
    private const string MessagesFile = "messages.txt";

    /// <summary>
    /// The names of the compilers on the PATH. The first one is the default.
    /// </summary>
    public static IReadOnlyList<string> CompilerNames => Clang.Names().ToArray();

    /// <summary>Returns the object file of a C source, from the user's cache or newly compiled.</summary>
    /// <param name="path">The .bpf.c file, which can include vmlinux.h (of the running kernel), bpfps.h and libbpf headers.</param>
    /// <param name="options">Definitions and paths; null for none.</param>
    /// <param name="cancellation">Stops the compiler and removes its files.</param>
    /// <exception cref="BpfCompilationException">The source does not compile.</exception>
    /// <exception cref="BpfException">The file, clang or a header is missing, or an option is invalid.</exception>
    /// <exception cref="OperationCanceledException">The compilation was cancelled.</exception>
    public static BpfCompilation Compile(string path, BpfCompileOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new BpfCompileOptions();
        var start = Stopwatch.GetTimestamp();
        var source = Path.GetFullPath(path); // absolute, so that clang does not mistake a name for an option
        RequireSource(source, path);
        var destination = options.Destination is null ? null : ObjectDestination.Resolve(options.Destination, source, options.Force);
        var clang = Clang.Find(options.Compiler);
        string[] arguments;
        OwnDirectory? cached = null;
        var name = ObjectDestination.FileName(source);
        bool isKnown;
        try
        {
            // A source that includes vmlinux.h gets it at once. If one of its headers includes it, clang reports it as missing.
            var given = KernelHeader.IsAvailable && File.ReadAllText(source).Contains(KernelHeader.FileName, StringComparison.Ordinal);
            arguments = CompilerArguments.For(source, options, given);
            var record = new CompilationRecord(clang, arguments, source);
            var needsKernelTypes = false;
            var proven = options.Force ? null : record.Find(out needsKernelTypes);
            cached = proven is null ? null : CacheDirectory.Open(proven);
            if (cached is not null && cached.Has(name))
            {
                isKnown = true;
                arguments = needsKernelTypes == given ? arguments : CompilerArguments.For(source, options, needsKernelTypes);
            }
            else
            {
                cached?.Dispose();
                cached = null;
                var (begun, asked) = (DateTime.UtcNow, arguments);
                (arguments, var text) = Preprocess(clang, source, options, asked, given, cancellation);
                var key = Key(clang, arguments, text, source);
                cached = CacheDirectory.Open(key);
                isKnown = !options.Force && cached.Has(name);
                if (!isKnown)
                {
                    Run(clang, arguments, source, cached, cancellation);
                    CacheDirectory.ClearOld();
                }
                record.Write(key, given || arguments != asked, text, begun);
            }
            if (destination is not null)
            {
                ObjectDestination.Write(File.ReadAllBytes(cached[name]), destination);
            }
            var file = destination ?? Path.Combine(cached.Path, name);
            return new BpfCompilation(source, file, clang.Path, clang.Version,
                CompilerArguments.Quote([clang.Path, .. arguments, "-c", source, "-o", file]))
            {
                FromCache = isKnown,
                Warnings = cached.Has(MessagesFile) ? ClangMessages.Read(cached.ReadText(MessagesFile)) : [],
                Duration = Stopwatch.GetElapsedTime(start),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NoCache(e.Message, e);
        }
        finally
        {
            cached?.Dispose();
        }
    }

    /// <summary>What is to be said about the cache, once; null if there is nothing.</summary>
    internal static string? TakeNotice() => CacheDirectory.TakeNotice();

    private static void RequireSource(string source, string given)
    {
        if (!File.Exists(source))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"File '{VisibleText.Escape(given)}' does not exist.",
                "Specify the path of a C source.", (int)BpfErrno.ENOENT);
        }
        if (!ObjectDestination.IsRegular(source))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(given)}' is not a regular file.",
                "Specify a C source file.");
        }
        if (FileAccessRights.WhyRefused(Path.GetFullPath(source), FileUse.Read) is not null)
        {
            throw FileAccessRights.Error((int)BpfErrno.EACCES, $"Cannot read '{VisibleText.Escape(given)}'", Path.GetFullPath(source),
                FileUse.Read);
        }
    }

    /// <summary>Runs the preprocessor: what the compiler will see, including all headers.</summary>
    private static (string[] Arguments, byte[] Text) Preprocess(Clang clang, string source, BpfCompileOptions options, string[] arguments,
        bool given, CancellationToken cancellation)
    {
        var directory = Path.GetDirectoryName(source)!;
        var (status, text, messages) = clang.Run([.. arguments, "-E", source], directory, cancellation);
        if (status != 0 && !given && MissingHeader().Match(messages) is { Success: true } missing
            && missing.Groups[1].Value == KernelHeader.FileName)
        {
            arguments = CompilerArguments.For(source, options, kernelTypes: true);
            (status, text, messages) = clang.Run([.. arguments, "-E", source], directory, cancellation);
        }
        return status == 0 ? (arguments, text) : throw Failure(clang, source, messages, arguments, cancellation);
    }

    // The key includes the source itself, comments and all, because its lines are part of the object (for the verifier's log),
    // and not only the preprocessed text that decides what the object does.
    private static string Key(Clang clang, string[] arguments, byte[] text, string source)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(text);
        sha.AppendData(File.ReadAllBytes(source));
        sha.AppendData(Encoding.UTF8.GetBytes(string.Join('\0', [clang.Path, clang.VersionText, source, .. arguments])));
        return Convert.ToHexStringLower(sha.GetHashAndReset(), 0, 16);
    }

    private static void Run(Clang clang, string[] arguments, string source, OwnDirectory cached, CancellationToken cancellation)
    {
        // To standard output, because a clang that is stopped leaves files beside its output. In the directory of the source, because
        // the object's debug information contains it.
        var (status, compiled, messages) = clang.Run([.. arguments, "-c", source, "-o", "-"], Path.GetDirectoryName(source)!, cancellation);
        if (status != 0)
        {
            throw Failure(clang, source, messages, arguments, cancellation);
        }
        if (messages.Length > 0)
        {
            cached.Write(MessagesFile, Encoding.UTF8.GetBytes(messages));
        }
        cached.Write(ObjectDestination.FileName(source), compiled);
    }

    private static BpfException Failure(Clang clang, string source, string messages, string[] arguments, CancellationToken cancellation)
    {
        if (messages.Contains("No space left on device", StringComparison.Ordinal))
        {
            return NoCache(messages.Split('\n')[0], null);
        }
        if (messages.Contains("No available targets are compatible with", StringComparison.Ordinal))
        {
            return new BpfException(BpfErrorKind.DependencyMissing,
                $"'{VisibleText.Escape(clang.Path)}' was built without the BPF target.",
                BpfRemedy.With($"Install the clang package of the distribution, or specify another clang with {BpfOption.Compiler}."));
        }
        var diagnostics = ClangMessages.Read(messages);
        var remedy = MissingHeader().Match(messages) is { Success: true } missing
            ? MissingPackage.RemedyFor(missing.Groups[1].Value)
            : MissingMacro.RemedyFor(clang, source, arguments, diagnostics, cancellation);
        return new BpfCompilationException(source, messages, diagnostics, remedy);
    }

    private static BpfException NoCache(string problem, Exception? inner) =>
        new(BpfErrorKind.OperationFailed, $"Cannot write the object to the cache: {VisibleText.Escape(problem)}",
            "Free some space there, or set XDG_CACHE_HOME to a directory that you can write to.", inner: inner);

    [GeneratedRegex(@"fatal error: '([^']+)' file not found")]
    private static partial Regex MissingHeader();
}
