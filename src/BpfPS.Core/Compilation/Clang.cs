using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace BpfPS.Compilation;

/// <summary>A clang installed on this system, called without a shell.</summary>
internal sealed partial class Clang
{
    private const int OldestVersion = ClangVersions.Oldest;
    private const int NewestVersion = ClangVersions.Newest;

    // Where distributions install a clang that is not on the PATH.
    private static readonly (string Root, string Folders)[] s_otherPlaces = [("/usr/lib", "llvm-*"), ("/usr/lib64", "llvm*"),
        ("/usr/lib/llvm", "*")];

    // Asking a compiler for its version takes longer than the rest of the search, so the answers are kept.
    private static (string SearchPath, Clang Compiler)? s_found;

    private Clang(string path, string version, string versionText)
    {
        Path = path;
        Version = version;
        VersionText = versionText;
    }

    /// <summary>The path of the program.</summary>
    public string Path { get; }

    /// <summary>Its version, such as 14.0.6.</summary>
    public string Version { get; }

    /// <summary>The full version text, including the build of the distribution.</summary>
    public string VersionText { get; }

    private int Major => int.Parse(Version.AsSpan(0, Version.IndexOf('.')), CultureInfo.InvariantCulture);

    /// <summary>
    /// Finds a clang on the PATH: the one without a version in its name if it is new enough, else the newest; then those elsewhere.
    /// </summary>
    /// <param name="compiler">A path, or a name on the PATH, of the one to use; null for any.</param>
    /// <exception cref="BpfException">No clang is new enough, or the given one is not.</exception>
    public static Clang Find(string? compiler)
    {
        if (compiler is not null)
        {
            return Given(compiler);
        }
        var searchPath = Environment.GetEnvironmentVariable("PATH") ?? "";
        if (s_found is not { } found || found.SearchPath != searchPath || !File.Exists(found.Compiler.Path))
        {
            found = (searchPath, Search(searchPath));
            s_found = found;
        }
        return found.Compiler;
    }

    /// <summary>The names of the clangs on the PATH, the default first.</summary>
    public static IEnumerable<string> Names() =>
        CandidateNames().Where(name => Directories(Environment.GetEnvironmentVariable("PATH") ?? "")
            .Any(directory => File.Exists(System.IO.Path.Combine(directory, name))));

    /// <summary>Runs clang and waits for it.</summary>
    /// <param name="arguments">Its arguments; they do not go through a shell.</param>
    /// <param name="directory">Its working directory.</param>
    /// <param name="cancellation">Stops clang.</param>
    /// <returns>Its exit code, what it wrote to standard output, and its messages.</returns>
    public (int ExitCode, byte[] Output, string Messages) Run(IEnumerable<string> arguments, string directory,
        CancellationToken cancellation)
    {
        using var process = Start(new ProcessStartInfo(Path, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
                WorkingDirectory = directory,
        });
        process.StandardInput.Close();
        using var ending = cancellation.Register(() => process.Kill(entireProcessTree: true));
        var messages = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return (process.ExitCode, output.ToArray(), messages.Result);
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new BpfException(BpfErrorKind.OperationFailed,
                $"Cannot run '{VisibleText.Escape(Path)}': {VisibleText.Escape(new Win32Exception(e.NativeErrorCode).Message)}",
                e.NativeErrorCode == (int)BpfErrno.E2BIG ? "The macros are too long for a command line. Put them into a header." : null,
                e.NativeErrorCode, e);
        }
    }

    private static Clang Given(string compiler)
    {
        var path = compiler.Contains('/')
            ? System.IO.Path.GetFullPath(compiler)
            : Directories(Environment.GetEnvironmentVariable("PATH") ?? "").Select(directory => System.IO.Path.Combine(directory, compiler))
                .FirstOrDefault(File.Exists);
        if (path is null || !File.Exists(path))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"Compiler '{VisibleText.Escape(compiler)}' does not exist.",
                BpfRemedy.With($"Specify the path of a clang, or remove {BpfOption.Compiler} to use the one on the PATH."),
                (int)BpfErrno.ENOENT);
        }
        var clang = TryOpen(path)
            ?? throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(path)}' is not a working clang, and no other compiler is supported.",
                BpfRemedy.With($"Specify the path of a clang, or remove {BpfOption.Compiler} to use the one on the PATH."));
        return clang.Major >= OldestVersion
            ? clang
            : throw new BpfException(BpfErrorKind.NotSupported,
                $"'{VisibleText.Escape(path)}' is clang {clang.Version}, but BpfPS needs clang {OldestVersion} or later.",
                BpfRemedy.With($"Specify the path of a newer clang, or remove {BpfOption.Compiler} to use the one on the PATH."));
    }

    private static Clang Search(string searchPath)
    {
        var onPath = CandidateNames().SelectMany(_ => Directories(searchPath), (name, directory) => System.IO.Path.Combine(directory, name))
            .Where(File.Exists).Select(TryOpen);
        var elsewhere = s_otherPlaces.Where(place => Directory.Exists(place.Root))
            .SelectMany(place => Directory.EnumerateDirectories(place.Root, place.Folders))
            .Select(folder => System.IO.Path.Combine(folder, "bin", "clang")).Where(File.Exists).Select(TryOpen)
            .OrderByDescending(clang => clang?.Major);
        return onPath.Concat(elsewhere).FirstOrDefault(clang => clang?.Major >= OldestVersion)
            ?? throw new BpfException(BpfErrorKind.DependencyMissing,
                $"Compiling a C source requires clang {OldestVersion} or later, and there is none on the PATH.",
                "Install it ('apt install clang' on Debian and Ubuntu, 'dnf install clang' on Fedora and RHEL), or start an object file"
                + " that was compiled elsewhere.");
    }

    private static IEnumerable<string> CandidateNames() => Enumerable.Range(OldestVersion, NewestVersion - OldestVersion + 1).Reverse()
        .Select(version => string.Create(CultureInfo.InvariantCulture, $"clang-{version}")).Prepend("clang");

    private static string[] Directories(string searchPath) => searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries);

    private static Clang? TryOpen(string path)
    {
        if (CompilerVersions.Find(path) is { } known)
        {
            return Of(path, known);
        }
        var text = AskVersion(path);
        if (text is not null)
        {
            CompilerVersions.Keep(path, text);
        }
        return text is null ? null : Of(path, text);
    }

    private static Clang? Of(string path, string versionText) =>
        ClangVersion().Match(versionText) is { Success: true } match ? new Clang(path, match.Groups[1].Value, versionText) : null;

    private static string? AskVersion(string path)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path, ["--version"]) { RedirectStandardInput = true,
                RedirectStandardOutput = true, RedirectStandardError = true });
            process!.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var text = process.StandardOutput.ReadToEnd();
            errors.Wait();
            process.WaitForExit();
            return process.ExitCode == 0 ? text : null;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return null; // not a program
        }
    }

    /// <summary>Debian's machine-specific headers, which its compilers search only when they compile for their own machine.</summary>
    public static string MachineHeaders => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "/usr/include/x86_64-linux-gnu",
        Architecture.Arm64 => "/usr/include/aarch64-linux-gnu",
        Architecture.S390x => "/usr/include/s390x-linux-gnu",
        Architecture.Ppc64le => "/usr/include/powerpc64le-linux-gnu",
        Architecture.RiscV64 => "/usr/include/riscv64-linux-gnu",
        _ => "/usr/include",
    };

    /// <summary>The name of the machine in libbpf's bpf_tracing.h.</summary>
    public static string TargetName => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "x86",
        Architecture.Arm64 => "arm64",
        Architecture.S390x => "s390",
        Architecture.Ppc64le => "powerpc",
        Architecture.RiscV64 => "riscv",
        var other => other.ToString().ToLowerInvariant(),
    };

    [GeneratedRegex(@"clang version (\d+\.[\w.]*\d)")]
    private static partial Regex ClangVersion();
}
